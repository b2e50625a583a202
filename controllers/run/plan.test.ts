import { describe, expect, test } from 'vitest';
import { whole } from '../../crds/statistics/steps.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { statusViolations } from '../testing/status-schema.ts';
import { type Observed, type Plan, plan } from './plan.ts';
import { RunState } from './run-state.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const NOW = Date.parse('2026-11-25T01:00:00Z');
const frozen = sampleFrozen(
  { agents: 1, models: 1, questions: 4, trials: 1 },
  { order: 'Sequential', parallelism: 2, reservations: [100] },
);
const stop = { reason: 'a test', release: 'It is released by the test.' };

type Situation = Partial<Observed> & {
  /** The status of each job that is there, by case. */
  jobs?: { [index: number]: Partial<NonNullable<RuneJob['status']>> };
  cancelled?: number[];
  spec?: Partial<RuneRun['spec']>;
};

function observed({ jobs = {}, cancelled = [], spec, ...more }: Situation): Observed {
  const run = more.run ?? sampleRun(frozen, spec);
  const cached = Object.entries(jobs).map(([index, status]) => {
    const job = sampleJob(run, frozen, Number(index), status);
    return { ...job, spec: { ...job.spec, cancel: cancelled.includes(Number(index)) } };
  });
  const state = new RunState(run, more.frozen ?? frozen, cached);
  return {
    run,
    frozen,
    progress: state.progress,
    cells: () => state.cells(),
    baseline: undefined,
    stop: undefined,
    refusal: undefined,
    maxJobsOf: () => 100,
    writtenAt: 0,
    ...more,
  };
}

function decide(situation: Situation): Plan {
  const before = observed(situation);
  const decided = whole(plan(before, NOW));
  for (const { message } of decided.stories) expect(message).toMatch(/^[A-Z\d].*\.$/);
  for (const { message } of decided.status?.conditions ?? []) expect(message).toMatch(/^[A-Z\d].*\.$/);
  expect(statusViolations('RuneRun', decided.status ?? {})).toEqual([]);
  return decided;
}

/** A plan in one line. */
function told({ status, createJobs, cancelJobs, requeueAfterMilliseconds: after }: Plan): string {
  const steps = [
    status?.summary?.state,
    createJobs.length > 0 && `make ${createJobs.join(' ')}`,
    cancelJobs.length > 0 && `cancel ${cancelJobs.map((name) => name.split('-').at(-1)).join(' ')}`,
    after !== undefined && `wake ${after}`,
  ];
  return steps.filter(Boolean).join(' | ') || 'nothing';
}

const passed = { outcome: 'Passed' } as const;
const asked = { attempts: [{ number: 1, podName: 'p', startTime: '2026-11-25T00:00:00Z' }] };
const allPassed = { 0: passed, 1: passed, 2: passed, 3: passed };

describe('a run', () => {
  test.each<[string, Situation, string]>([
    ['makes its first jobs', {}, 'Running | make 0 1'],
    ['waits while its window is full', { jobs: { 0: {}, 1: {} } }, 'Running'],
    ['makes the next one for one that ended', { jobs: { 0: passed, 1: {} } }, 'Running | make 2'],
    ['makes jobs at once, and writes later', { writtenAt: NOW - 300 }, 'make 0 1 | wake 700'],
    ['ends when all have ended', { jobs: allPassed }, 'Complete'],
    ['ends at once, whenever it last wrote', { jobs: allPassed, writtenAt: NOW }, 'Complete'],
    ['goes on while one goes on', { jobs: { ...allPassed, 3: {} } }, 'Running'],
  ])('%s', (_name, situation, expected) => {
    expect(told(decide(situation))).toBe(expected);
  });

  test('counts one whose job is gone, and does not make it again', () => {
    const run = sampleRun(frozen);
    const [cell] = run.status?.cells ?? [];
    const status = { ...run.status, cells: [{ ...cell, cases: 'Po..' }] } as RuneRun['status'];
    const decided = decide({ run: { ...run, status } as RuneRun, jobs: { 0: passed } });
    expect(told(decided)).toBe('Running | make 2 3');
    expect(decided.status).toMatchObject({
      jobs: { total: 4, created: 2, finished: 2, deleted: 1 },
      cells: [{ cases: 'P-..', measured: 1, unmeasured: 1 }],
      deletedMicroUSD: 100,
    });
  });
});

describe('a run that is cancelled', () => {
  const spec = { cancel: true };
  test.each<[string, Situation, string]>([
    ['before it made a job', {}, 'Cancelled'],
    ['ends its jobs', { jobs: { 0: passed, 1: asked, 2: {} } }, 'Cancelling | cancel 1 2'],
    ['does not end them twice', { jobs: { 0: {}, 1: {} }, cancelled: [0] }, 'Cancelling | cancel 1'],
    ['waits for them', { jobs: { 0: {}, 1: {} }, cancelled: [0, 1] }, 'Cancelling'],
    ['ends when they have ended', { jobs: { 0: passed, 1: { outcome: 'Cancelled' } } }, 'Cancelled'],
  ])('%s', (_name, situation, expected) => {
    expect(told(decide({ ...situation, spec }))).toBe(expected);
  });
});

describe('an emergency stop', () => {
  const stopping = () => {
    const run = sampleRun(frozen);
    const { status } = decide({ run, stop, jobs: { 0: asked } });
    return { ...run, status } as RuneRun;
  };
  test.each<[string, Situation, string]>([
    [
      'ends what waits; what was asked ends by itself, as Stopped',
      { jobs: { 0: asked, 1: {} } },
      'Stopping | cancel 1',
    ],
    ['ends the run when its jobs have ended', { jobs: { 0: { outcome: 'Stopped' } } }, 'Stopped'],
    ['goes before a cancellation', { jobs: { 0: { outcome: 'Stopped' } }, spec: { cancel: true } }, 'Stopped'],
  ])('%s', (_name, situation, expected) => {
    expect(told(decide({ ...situation, stop }))).toBe(expected);
  });

  test('that was released before the run looked is known by what it did', () => {
    const { status, cancelJobs } = decide({ jobs: { 0: { outcome: 'Stopped' }, 1: {} } });
    expect([status?.summary?.state, cancelJobs]).toEqual(['Stopping', ['nightly-1-1']]);
  });

  test('that is released holds nothing up, and nothing comes back', () => {
    const run = stopping();
    expect(told(decide({ run, jobs: { 0: asked, 1: {} } }))).toBe('Stopping | cancel 0 1');
    const { status } = decide({ run, jobs: { 0: { outcome: 'Stopped' } } });
    expect(status?.summary?.state).toBe('Stopped');
    expect(status?.conditions?.find(({ type }) => type === 'Finished')?.message).toBe(
      'Stopped by the emergency stop: a test. 0 of 4 cases were measured.',
    );
  });
});

describe('a budget', () => {
  const within = (maxCostUSD: string) => ({ ...frozen, budget: { maxCostUSD } });
  const paid = { outcome: 'Passed', costMicroUSD: 40 } as const;
  test.each<[string, string, Situation['jobs'], string]>([
    ['for all', '0.000400', {}, 'Running | make 0 1'],
    ['for one at a time', '0.000199', {}, 'BudgetSpent | make 0'],
    ['for what is in progress', '0.000239', { 0: paid, 1: {} }, 'BudgetSpent'],
    ['for one more', '0.000240', { 0: paid, 1: {} }, 'Running | make 2'],
    ['for none', '0.000099', {}, 'BudgetExceeded'],
    ['that is spent', '0.000179', { 0: paid, 1: paid }, 'BudgetExceeded'],
    ['that is left over', '0.000400', { 0: paid, 1: paid, 2: paid, 3: paid }, 'Complete'],
  ])('%s', (_name, maxCostUSD, jobs = {}, expected) => {
    expect(told(decide({ frozen: within(maxCostUSD), jobs }))).toBe(expected);
  });

  test('that ended the run is told of once, and cells keep an honest number', () => {
    const { status, stories } = decide({ frozen: within('0.000179'), jobs: { 0: paid, 1: paid } });
    expect(status?.cells).toMatchObject([{ cases: 'PP..', measured: 2, jobs: 4, unmeasured: 0 }]);
    expect(status?.costMicroUSD).toBe(80);
    expect(status?.reservedMicroUSD).toBeUndefined();
    const conditions = (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type} ${is} ${reason}`);
    expect(conditions).toEqual([
      'Started True Frozen',
      'Finished True BudgetExceeded',
      'CriteriaMet False RunFailed',
      'Regressed Unknown NoBaseline',
      'Succeeded False BudgetExceeded',
      'Archived False NotConfigured',
      'BudgetExceeded True BudgetExceeded',
      'Stalled True BudgetExceeded',
    ]);
    expect(stories.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Warning BudgetExceeded']);
  });
});

describe('a refusal', () => {
  const refusal = (since: number, retryTime: number) => ({
    refusal: { message: 'The API server refused a RuneJob: quota.', since, retryTime },
  });
  const deadline = frozen.jobTemplate.startDeadlineSeconds * 1000;
  test.each<[string, Situation, string]>([
    ['is waited out', refusal(NOW - 10, NOW + 1000), 'JobRefused | wake 1000'],
    ['is tried again', refusal(NOW - 10, NOW), 'JobRefused | make 0 1 | wake 0'],
    ['ends the run at the start deadline', refusal(NOW - deadline, NOW + 1000), 'Unmeasured'],
    [
      'does not end it while a job goes on',
      { ...refusal(NOW - deadline, NOW + 1000), jobs: { 0: {} } },
      'JobRefused | wake 1000',
    ],
  ])('%s', (_name, situation, expected) => {
    expect(told(decide(situation))).toBe(expected);
  });

  test('that ended the run is said, and what was never made is not taken for measured', () => {
    const { status } = decide({ ...refusal(NOW - deadline, NOW + 1000), jobs: { 0: passed } });
    const finished = status?.conditions?.find(({ type }) => type === 'Finished');
    expect(finished).toMatchObject({
      reason: 'PartlyMeasured',
      message: '1 of 4 cases were measured. 3 RuneJobs were never made. The API server refused a RuneJob: quota.',
    });
    expect(status?.conditions?.find(({ type }) => type === 'CriteriaMet')).toMatchObject({ status: 'False' });
  });
});

test('the same is decided of the same', () => {
  const situation: Situation = { jobs: { 0: passed, 1: {} } };
  expect(whole(plan(observed(situation), NOW))).toEqual(whole(plan(observed(situation), NOW)));
});
