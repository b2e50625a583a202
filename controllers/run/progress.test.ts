import { describe, expect, test } from 'vitest';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { Progress } from './progress.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

/** Two cells of four cases each; 100 are reserved for each job. */
const frozen = sampleFrozen({ agents: 2, models: 1, questions: 2, trials: 2 }, { reservations: [100, 100] });
const run = sampleRun(frozen);
const NOW = 1_000_000;

const job = (index: number, status?: Partial<NonNullable<RuneJob['status']>>) => sampleJob(run, frozen, index, status);
const passed = (index: number, costMicroUSD = 10) => job(index, { outcome: 'Passed', costMicroUSD });
const casesOf = (progress: Progress) => `${progress.casesOf(0)} ${progress.casesOf(1)}`;

/** The run with these cases on record. */
function recorded(first: string, second = '....', more: Partial<NonNullable<RuneRun['status']>> = {}): RuneRun {
  const cells = (run.status?.cells ?? []).map((cell, place) => ({ ...cell, cases: place === 0 ? first : second }));
  return { ...run, status: { ...run.status, ...more, cells } };
}

describe('from the status and the cache', () => {
  test.each<[string, string, RuneJob[], string]>([
    ['nothing yet', '....', [], '.... ....'],
    ['a job that nobody wrote down', '....', [job(1)], '.o.. ....'],
    ['one that finished meanwhile', 'o...', [passed(0)], 'P... ....'],
    ['one that went back to work is not finished', 'P...', [job(0)], 'o... ....'],
    ['one that is gone while it was in progress', 'o...', [], '-... ....'],
    ['one that is gone after it was measured', 'P...', [], '-... ....'],
    ['one that was deleted stays so, although one of its name is back', '-...', [passed(0)], '-... ....'],
    ['a record that is too short', 'P', [passed(0)], 'P... ....'],
  ])('%s', (_name, cases, jobs, expected) => {
    expect(casesOf(new Progress(recorded(cases), frozen, jobs))).toBe(expected);
  });

  test('what is gone is charged what was reserved for it, on top of what earlier ones were', () => {
    const progress = new Progress(recorded('oP-.', '....', { deletedMicroUSD: 250 }), frozen, []);
    expect(progress.deletedMicroUSD).toBe(450);
    expect(progress.spentMicroUSD).toBe(450);
    expect(progress.jobs).toEqual({ total: 8, created: 3, finished: 3, deleted: 3 });
  });

  test('jobs in progress are in the window, and nothing that was ever seen is made again', () => {
    const progress = new Progress(recorded('Po-.'), frozen, [passed(0), job(1)]);
    expect(progress.window.open).toEqual([1]);
    const next = progress.window.next(
      () => 100,
      () => true,
    );
    expect(next.toSorted()).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('with the changes of the cache', () => {
  const begin = () => new Progress(run, frozen, []);

  test('a job is made, seen, and ends', () => {
    const progress = begin();
    progress.made(0, NOW);
    expect(casesOf(progress)).toBe('o... ....');
    expect(progress.isAnyUnseen).toBe(true);
    expect(progress.reservedMicroUSD).toBe(100);
    // Nothing is known of it to be cancelled by.
    expect(progress.open()).toEqual([]);
    progress.observe('added', job(0));
    expect(progress.isAnyUnseen).toBe(false);
    expect(progress.open()).toMatchObject([{ name: 'nightly-1-0', isCancelled: false }]);
    progress.observe('modified', passed(0, 30));
    expect(casesOf(progress)).toBe('P... ....');
    expect(progress.window.open).toEqual([]);
    expect([progress.spentMicroUSD, progress.reservedMicroUSD]).toEqual([30, 0]);
    expect(progress.outcomes).toEqual({ Passed: 1 });
  });

  test('it may be seen, and even end, before its creation is answered', () => {
    const progress = begin();
    progress.observe('added', passed(0));
    progress.made(0, NOW);
    expect(casesOf(progress)).toBe('P... ....');
    expect(progress.isAnyUnseen).toBe(false);
    expect(progress.jobs).toMatchObject({ created: 1, finished: 1 });
  });

  test('one that the cache never shows is to be looked for, but not at once', () => {
    const progress = begin();
    progress.made(0, NOW);
    progress.made(1, NOW + 5);
    expect(progress.unseenSince(NOW)).toEqual([]);
    expect(progress.unseenSince(NOW + 1)).toEqual([0]);
    progress.lost(0);
    expect(casesOf(progress)).toBe('-o.. ....');
    expect(progress.unseenSince(NOW + 10)).toEqual([1]);
  });

  test.each<[string, number, number]>([
    ['less than its reservation', 30, 100],
    ['more than it', 170, 170],
  ])('a job that is deleted after it cost %s is charged for good', (_name, cost, charge) => {
    const progress = begin();
    progress.observe('added', passed(0, cost));
    progress.observe('deleted', passed(0, cost));
    expect(casesOf(progress)).toBe('-... ....');
    expect([progress.spentMicroUSD, progress.deletedMicroUSD]).toEqual([charge, charge]);
    progress.observe('added', job(0));
    progress.made(0, NOW);
    progress.lost(0);
    expect(casesOf(progress)).toBe('-... ....');
    expect(progress.jobs).toEqual({ total: 8, created: 1, finished: 1, deleted: 1 });
    expect(progress.recordsOf(0)).toEqual([]);
    expect(progress.spentMicroUSD).toBe(charge);
  });

  test('an attempt that ended without telling is charged, and the one in progress reserved', () => {
    const progress = begin();
    const attempts = [
      { number: 1, podName: 'p', startTime: '', outcome: 'InfraError' as const },
      { number: 2, podName: 'p', startTime: '' },
    ];
    progress.observe('added', job(0, { attempts, costMicroUSD: 7 }));
    expect([progress.spentMicroUSD, progress.reservedMicroUSD]).toEqual([107, 100]);
  });

  test('what is not of the run changes nothing', () => {
    const progress = begin();
    const other = passed(0);
    progress.observe('added', { ...other, metadata: { ...other.metadata, ownerReferences: [] } });
    expect(casesOf(progress)).toBe('.... ....');
  });

  test('only cells that changed are told of', () => {
    const progress = begin();
    expect(progress.takeChanged()).toEqual([0, 1]);
    expect(progress.takeChanged()).toEqual([]);
    progress.observe('added', job(5));
    expect(progress.takeChanged()).toEqual([1]);
  });
});

test('without prices a deleted job costs nothing', () => {
  const { reservations: _none, ...free } = frozen;
  const progress = new Progress(recorded('o...'), free, []);
  expect(progress.deletedMicroUSD).toBe(0);
});
