import { describe, expect, test } from 'vitest';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import { type Observed, plan } from './plan.ts';
import { sampleBenchmark, sampleRun } from './testing/sample.ts';

const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);
const stop = { reason: 'a drill', release: 'It is over.' };

function observed(benchmark: RuneBenchmark, runs: RuneRun[] = [], more: Partial<Observed> = {}): Observed {
  const there = { metadata: {}, spec: {} } as never;
  return {
    benchmark,
    runs,
    neighbours: runs,
    catalogue: { suite: () => undefined, agent: () => there, backend: () => there },
    stop: undefined,
    ...more,
  };
}

const scheduled = (spec: Partial<RuneBenchmark['spec']> = {}, status: RuneBenchmark['status'] = {} as never) =>
  sampleBenchmark({ schedule: '0 * * * *', ...spec }, status);

describe('by the schedule', () => {
  test('a run is made when it is due, named by its minute', () => {
    const decided = plan(observed(scheduled()), at('01T01:00'));
    expect(decided.createRun).toEqual({ trigger: 'Schedule', time: at('01T01:00') });
    expect(decided.status).toMatchObject({
      lastScheduleTime: '2026-11-01T01:00:00Z',
      nextScheduleTime: '2026-11-01T02:00:00Z',
    });
    expect(decided.requeueAfterMilliseconds).toBe(3_600_000);
  });

  test.each<[string, RuneBenchmark, Partial<Observed>]>([
    ['not yet', scheduled(), {}],
    ['suspended', scheduled({ suspend: true }), {}],
    ['during an emergency stop', scheduled(), { stop }],
    ['with a schedule that is none', scheduled({ schedule: 'soon' }), {}],
  ])('none is made: %s', (name, benchmark, more) => {
    const decided = plan(observed(benchmark, [], more), name === 'not yet' ? at('01T00:59') : at('01T01:00'));
    expect(decided.createRun).toBeUndefined();
    expect(decided.status.lastScheduleTime).toBeUndefined();
  });

  test('Forbid waits for the run that is there, and makes up for the newest time after it', () => {
    const active = [sampleRun('nightly-1')];
    const waiting = plan(observed(scheduled(), active), at('01T01:00'));
    expect(waiting).toMatchObject({ cancelRuns: [], stories: [{ reason: 'RunAlreadyActive' }] });
    expect(waiting.createRun).toBeUndefined();
    const later = plan(observed(scheduled(), [sampleRun('nightly-1', 'Complete')]), at('01T03:20'));
    expect(later.createRun).toEqual({ trigger: 'Schedule', time: at('01T03:00') });
  });

  test('a run that waits for a person holds up nothing', () => {
    expect(
      plan(observed(scheduled(), [sampleRun('by-hand', undefined, { suspend: true })]), at('01T01:00')).createRun,
    ).toBeDefined();
  });

  test('Allow makes one beside it', () => {
    const decided = plan(observed(scheduled({ concurrencyPolicy: 'Allow' }), [sampleRun('nightly-1')]), at('01T01:00'));
    expect(decided.createRun).toBeDefined();
  });

  test('Replace cancels it first, and makes the new one when it has ended', () => {
    const benchmark = scheduled({ concurrencyPolicy: 'Replace' });
    expect(plan(observed(benchmark, [sampleRun('nightly-1')]), at('01T01:00'))).toMatchObject({
      cancelRuns: ['nightly-1'],
    });
    const cancelling = plan(observed(benchmark, [sampleRun('nightly-1', undefined, { cancel: true })]), at('01T01:00'));
    expect(cancelling).toMatchObject({ cancelRuns: [] });
    expect(cancelling.createRun).toBeUndefined();
    expect(plan(observed(benchmark, [sampleRun('nightly-1', 'Cancelled')]), at('01T01:02')).createRun).toBeDefined();
  });

  test('a run that is there already is not made again, but recorded', () => {
    const name = `nightly-${at('01T01:00') / 60_000}`;
    const decided = plan(observed(scheduled(), [sampleRun(name)]), at('01T01:00'));
    expect(decided.createRun).toBeUndefined();
    expect(decided.status.lastScheduleTime).toBe('2026-11-01T01:00:00Z');
  });

  test('more than 100 missed times are worth a warning', () => {
    const decided = plan(observed(scheduled()), at('20T00:00'));
    expect(decided.stories[0]).toMatchObject({ type: 'Warning', reason: 'TooManyMissedTimes' });
    expect(decided.createRun).toEqual({ trigger: 'Schedule', time: at('20T00:00') });
  });
});

describe('by a change', () => {
  test('the first generation runs once', () => {
    const benchmark = sampleBenchmark();
    const first = plan(observed(benchmark), at('01T01:00'));
    expect(first.createRun).toEqual({ trigger: 'Change' });
    const again = plan(observed({ ...benchmark, status: first.status }), at('01T01:01'));
    expect(again.createRun).toBeUndefined();
  });

  test('what does not decide on results makes no run', () => {
    const benchmark = sampleBenchmark();
    const { status } = plan(observed(benchmark), at('01T01:00'));
    const edited = {
      ...benchmark,
      metadata: { ...benchmark.metadata, generation: 2 },
      spec: { ...benchmark.spec, successfulRunsHistoryLimit: 1, parallelism: 3 },
      status,
    };
    expect(plan(observed(edited), at('01T01:01')).createRun).toBeUndefined();
    const changed = { ...edited, spec: { ...edited.spec, trials: 9 } };
    expect(plan(observed(changed), at('01T01:01')).createRun).toBeDefined();
  });

  test('with a schedule only where it is asked for', () => {
    expect(plan(observed(scheduled()), at('01T00:40')).createRun).toBeUndefined();
    expect(plan(observed(scheduled({ runOnChange: true })), at('01T00:40')).createRun).toEqual({ trigger: 'Change' });
  });
});

describe('history', () => {
  const runs = ['a', 'b', 'c', 'd'].map((name, index) => sampleRun(name, 'Complete', {}, index));
  const failed = ['x', 'y'].map((name, index) => sampleRun(name, 'Cancelled', {}, index));

  test('the oldest beyond each limit go', () => {
    const benchmark = sampleBenchmark({ successfulRunsHistoryLimit: 2, failedRunsHistoryLimit: 1 });
    const { deleteRuns } = plan(observed(benchmark, [...runs, ...failed]), at('20T00:00'));
    expect(deleteRuns.map(({ metadata }) => metadata.name)).toEqual(['b', 'a', 'x']);
  });

  test('what others are compared with stays', () => {
    const live = sampleRun('live');
    live.status = { ...live.status, baseline: { name: 'a', uid: 'uid-a' } } as never;
    const benchmark = sampleBenchmark({ successfulRunsHistoryLimit: 1, baselineRef: { name: 'b' } });
    const { deleteRuns } = plan(observed(benchmark, [...runs, live]), at('20T00:00'));
    expect(deleteRuns.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  test('the last that passed stays, where runs are compared with it', () => {
    const good = sampleRun('good', 'Complete', {}, -1, { [CONDITION.criteriaMet]: 'True' });
    const benchmark = sampleBenchmark({ successfulRunsHistoryLimit: 0, baselineRef: { policy: 'LastPassed' } });
    const { deleteRuns } = plan(observed(benchmark, [good, ...runs]), at('20T00:00'));
    expect(deleteRuns.map(({ metadata }) => metadata.name)).not.toContain('good');
  });

  test('runs of others are not touched', () => {
    const foreign = sampleRun('foreign', 'Complete');
    delete foreign.metadata.ownerReferences;
    const benchmark = sampleBenchmark({ successfulRunsHistoryLimit: 0 });
    expect(plan(observed(benchmark, [foreign]), at('20T00:00')).deleteRuns).toEqual([]);
  });
});

describe('what it says', () => {
  test('of the newest finished run', () => {
    const run = sampleRun('newest', 'Complete', {}, 5, { [CONDITION.regressed]: 'True' });
    const { status } = plan(observed(sampleBenchmark(), [sampleRun('older', 'Cancelled', {}, 1), run]), at('20T00:00'));
    expect(status.lastRun).toMatchObject({ name: 'newest', outcome: 'Complete', pass: '90.0%' });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Regressed',
        status: 'True',
        message: expect.stringContaining('RuneRun "newest" says: '),
      }),
    );
  });

  test.each<[string, Partial<RuneBenchmark['spec']>, Partial<Observed['catalogue']>, string, string | undefined]>([
    ['all there', {}, {}, 'True Accepted', undefined],
    ['no such schedule', { schedule: '61 * * * *' }, {}, 'False InvalidSchedule', 'Stalled'],
    ['no such zone', { schedule: '0 0 * * *', timeZone: 'Mars/Olympus' }, {}, 'False UnknownTimeZone', 'Stalled'],
    [
      'too large',
      {
        trials: 1000,
        questions: Array.from({ length: 11 }, (_, i) => ({
          id: `q${i}`,
          prompt: 'a',
          critical: false,
          passMarkPermille: 1000,
        })),
      },
      {},
      'False MatrixTooLarge',
      'Stalled',
    ],
    ['no suite', { suiteRefs: [{ name: 'absent' }] }, {}, 'False SuiteNotFound', 'Reconciling'],
    ['no agent', {}, { agent: () => undefined }, 'False AgentNotFound', 'Reconciling'],
    ['no backend', {}, { backend: () => undefined }, 'False BackendNotFound', 'Reconciling'],
  ])('%s', (_name, spec, catalogue, ready, abnormal) => {
    const base = observed(sampleBenchmark(spec));
    const { status } = plan({ ...base, catalogue: { ...base.catalogue, ...catalogue } }, at('01T01:00'));
    const found = status.conditions?.find(({ type }) => type === 'Ready');
    expect(`${found?.status} ${found?.reason}`).toBe(ready);
    expect(found?.message).toMatch(/^[A-Za-z0-9].*\.$/);
    const wrong = status.conditions
      ?.filter(({ type }) => type === 'Stalled' || type === 'Reconciling')
      .map(({ type }) => type);
    expect(wrong).toEqual(abnormal === undefined ? [] : [abnormal]);
  });
});
