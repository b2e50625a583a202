import { describe, expect, test } from 'vitest';
import { CASES_DROPPED } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { whole } from '../../crds/statistics/steps.ts';
import type { RuneRun } from '../../crds/types.ts';
import { cellStatus } from './cell-status.ts';
import { budgetCut, endOf, judge, type RunEnd } from './end.ts';
import { sampleFrozen, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen({ agents: 2, models: 1, questions: 6, trials: 1 });

const cellsOf = (all: readonly string[]) =>
  frozen.cells.flatMap((cell, place) => {
    const cases = all[place];
    return cases === undefined ? [] : [cellStatus(cell, cases, 1, [])];
  });
const jobsOf = (all: readonly string[]) => {
  const cases = all.join('');
  return { total: cases.length, created: cases.replaceAll('.', '').length };
};

describe('a run whose jobs have ended', () => {
  test.each<[string[], string, string]>([
    [['PFETPA', 'PPPPPP'], 'Complete', 'All 12 cases were measured.'],
    [
      ['PFETPB', 'PPPPP-'],
      'PartlyMeasured',
      '10 of 12 cases were measured; the outcomes of the other RuneJobs say why they were not.',
    ],
    [['PPPPPP', 'PPPP..'], 'PartlyMeasured', '10 of 12 cases were measured. 2 RuneJobs were never made.'],
    [
      ['PPPPPI', 'PPPP..'],
      'PartlyMeasured',
      '9 of 12 cases were measured; the outcomes of the other RuneJobs say why they were not. 2 RuneJobs were never made.',
    ],
    [
      ['PPPPPP', 'BBBBBB'],
      'Unmeasured',
      'No case of agent-1/model-0 was measured: look at the outcomes of its RuneJobs.',
    ],
    [
      ['PPPPPP', '......'],
      'Unmeasured',
      'No case of agent-1/model-0 was measured: look at the outcomes of its RuneJobs.',
    ],
  ])('%o', (cases, outcome, message) => {
    expect(endOf(cellsOf(cases), jobsOf(cases), undefined)).toEqual({ outcome, message });
  });

  test.each([...CASES_DROPPED])('is not complete with a case that is %s', (dropped) => {
    const cases = [`PPPPP${dropped}`, 'PPPPPP'];
    expect(endOf(cellsOf(cases), jobsOf(cases), undefined).outcome).toBe('PartlyMeasured');
  });

  test('says what cut it short, and how many were measured by then', () => {
    const cases = ['PPPPC.', 'PPPP..'];
    const cut = { outcome: 'Cancelled', message: 'The run was cancelled (spec.cancel).' } as const;
    expect(endOf(cellsOf(cases), jobsOf(cases), cut)).toEqual({
      outcome: 'Cancelled',
      message: 'The run was cancelled (spec.cancel). 8 of 12 cases were measured.',
    });
  });

  test('says what of its budget is missing', () => {
    expect(budgetCut('1.50', 1_400_000, 200_000)).toEqual({
      outcome: 'BudgetExceeded',
      message:
        'The run spent $1.40 of budget.maxCostUSD 1.50, and the next job reserves $0.2000: raise the budget of the RuneBenchmark for a whole run.',
    });
  });
});

const good: RunEnd = { outcome: 'Complete', message: 'All 12 cases were measured.' };

function judged(all: string[], more: Partial<FrozenRun> = {}, baseline?: RuneRun, end: RunEnd = good) {
  const status = { cells: cellsOf(all), jobs: jobsOf(all) };
  return whole(judge({ ...frozen, ...more }, status, baseline, end));
}

/** A finished run whose cells have these cases. */
function baselineOf(all: string[]): RuneRun {
  const run = sampleRun(frozen);
  const conditions = [
    { type: 'Finished', status: 'True' as const, reason: 'Complete', message: '', lastTransitionTime: '' },
  ];
  const status = { ...run.status, cells: cellsOf(all), conditions } as RuneRun['status'];
  return { ...run, metadata: { ...run.metadata, name: 'before', uid: 'before-uid' }, status } as RuneRun;
}

const baseline = { name: 'before', uid: 'before-uid' };
const allPass = ['PPPPPP', 'PPPPPP'];
const oneFell = ['FFFFFF', 'PPPPPP'];

describe('its comparison', () => {
  test.each<[string, RuneRun | undefined, string, string]>([
    ['fell', baselineOf(allPass), 'True', 'PassRateFell'],
    ['did not fall', baselineOf(oneFell), 'False', 'NoSignificantFall'],
    ['has lost its baseline', undefined, 'Unknown', 'BaselineGone'],
  ])('%s', (_name, before, status, reason) => {
    const cases = before?.status?.cells?.[0]?.cases === 'FFFFFF' ? allPass : oneFell;
    const { regressed } = judged(cases, { baseline }, before);
    expect(regressed).toMatchObject({ status, reason });
    expect(regressed.message).toMatch(/^[A-Z].*\.$/);
  });

  test('is none without a baseline, nor with another run of its name', () => {
    expect(judged(oneFell).regressed.reason).toBe('NoBaseline');
    const other = baselineOf(allPass);
    const again = { ...other, metadata: { ...other.metadata, uid: 'again' } };
    expect(judged(oneFell, { baseline }, again).regressed.reason).toBe('BaselineGone');
  });

  test('of a run that is not whole says nothing good', () => {
    const cut: RunEnd = { outcome: 'BudgetExceeded', message: 'It was cut short.' };
    expect(judged(allPass, { baseline }, baselineOf(allPass), cut).regressed).toEqual({
      status: 'Unknown',
      reason: 'RunFailed',
      message:
        'What was measured shows no fall, but the run is not whole: its condition Finished says why (BudgetExceeded).',
    });
    const notMade = ['PPPPP.', 'PPPPPP'];
    const partly: RunEnd = { outcome: 'PartlyMeasured', message: '11 of 12 cases were measured.' };
    expect(judged(notMade, { baseline }, baselineOf(allPass), partly).regressed.reason).toBe('RunFailed');
    // But what fell, fell.
    expect(judged(oneFell, { baseline }, baselineOf(allPass), cut).regressed.status).toBe('True');
  });

  test('takes a step for each cell', () => {
    const steps = judge(
      { ...frozen, baseline },
      { cells: cellsOf(oneFell), jobs: jobsOf(oneFell) },
      baselineOf(allPass),
      good,
    );
    let count = 0;
    while (!steps.next().done) count++;
    expect(count).toBe(2);
  });
});

describe('its criteria', () => {
  const passCriteria = { minPassPermille: 500, maxUnmeasuredPermille: 500 };

  test('are met, or not', () => {
    expect(judged(allPass, { passCriteria }).criteria).toMatchObject({ status: 'True', reason: 'AllMet' });
    expect(judged(oneFell, { passCriteria }).criteria).toMatchObject({ status: 'False', reason: 'PassRateTooLow' });
  });

  test('are not met by a run of which cases were never made', () => {
    const partly: RunEnd = { outcome: 'PartlyMeasured', message: '8 of 12 cases were measured.' };
    const { criteria } = judged(['PPPP..', 'PPPP..'], { passCriteria }, undefined, partly);
    expect(criteria).toEqual({
      status: 'False',
      reason: 'RunFailed',
      message: 'The run cannot be judged as a whole. 8 of 12 cases were measured.',
    });
  });
});
