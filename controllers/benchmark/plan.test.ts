import { describe, expect, test } from 'vitest';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import { newRun } from './new-run.ts';
import { type Observed, plan } from './plan.ts';
import { projectBenchmark } from './project.ts';
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

const scheduled = (
  spec: Partial<RuneBenchmark['spec']> = {},
  status: RuneBenchmark['status'] = { observedGeneration: -1 },
) => sampleBenchmark({ schedule: '0 * * * *', ...spec }, status);

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
    const message =
      'The run of 2026-11-01T01:00:00Z waits until RuneRun "nightly-1" has finished, as concurrencyPolicy says.';
    expect(waiting).toMatchObject({ cancelRuns: [], stories: [{ reason: 'RunAlreadyActive', message }] });
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

  test('Replace waits for a run by hand, which is not its to cancel', () => {
    const byHand = sampleRun('mine', undefined, { trigger: 'Manual' });
    const benchmark = scheduled({ concurrencyPolicy: 'Replace' });
    const decided = plan(observed(benchmark, [byHand, sampleRun('nightly-1')]), at('01T01:00'));
    expect(decided).toMatchObject({ cancelRuns: ['nightly-1'], stories: [{ reason: 'RunReplaced' }] });
    const waiting = plan(observed(benchmark, [byHand]), at('01T01:00'));
    expect(waiting).toMatchObject({ cancelRuns: [], stories: [{ reason: 'RunAlreadyActive' }] });
    expect(waiting.createRun).toBeUndefined();
  });

  test('a benchmark that gets its schedule later makes up for nothing before that', () => {
    const before = plan(observed(sampleBenchmark({ runOnChange: false })), at('05T00:00')).status;
    expect(before.scheduleStartTime).toBeUndefined();
    const first = plan(observed(scheduled({}, before)), at('09T10:20'));
    expect(first.createRun).toBeUndefined();
    expect(first.status.scheduleStartTime).toBe('2026-11-09T10:20:00Z');
    const next = plan(observed(scheduled({}, first.status)), at('09T11:00'));
    expect(next.createRun).toEqual({ trigger: 'Schedule', time: at('09T11:00') });
    expect(next.status.scheduleStartTime).toBe('2026-11-09T10:20:00Z');
  });

  test('a new one makes up for what was missed since it was made', () => {
    const decided = plan(observed(scheduled({}, { observedGeneration: -1 })), at('01T03:20'));
    expect(decided.createRun).toEqual({ trigger: 'Schedule', time: at('01T03:00') });
    expect(decided.status.scheduleStartTime).toBe('2026-11-01T00:30:00Z');
  });

  test('what is too late is told, and not made', () => {
    const benchmark = scheduled({ startingDeadlineSeconds: 60 }, { observedGeneration: -1 });
    const decided = plan(observed(benchmark), at('01T01:02'));
    expect(decided.createRun).toBeUndefined();
    expect(decided.stories).toEqual([
      {
        type: 'Warning',
        reason: 'MissedSchedule',
        message:
          'The run of 2026-11-01T01:00:00Z was not made: it could not start within startingDeadlineSeconds (60 s). Raise that, or make a RuneRun by hand.',
      },
    ]);
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
    expect(first.createRun).toMatchObject({ trigger: 'Change', change: { generation: 1 } });
    const again = plan(observed({ ...benchmark, status: first.status }), at('01T01:01'));
    expect(again.createRun).toBeUndefined();
  });

  test('what does not decide on results makes no run', () => {
    const benchmark = sampleBenchmark();
    const { status } = plan(observed(benchmark), at('01T01:00'));
    const edited = {
      ...benchmark,
      metadata: { ...benchmark.metadata, generation: 2 },
      spec: {
        ...benchmark.spec,
        successfulRunsHistoryLimit: 1,
        parallelism: 3,
        suspend: false,
        jobTemplate: { ...benchmark.spec.jobTemplate, ttlSecondsAfterFinished: 60, labels: { a: 'b' } },
      },
      status,
    };
    expect(plan(observed(edited), at('01T01:01')).createRun).toBeUndefined();
    const changed = { ...edited, spec: { ...edited.spec, trials: 9 } };
    expect(plan(observed(changed), at('01T01:01')).createRun).toBeDefined();
  });

  test("a change of a question's prompt alone is one, although the cache holds no prompts", () => {
    const asking = (prompt: string) => {
      const question = { id: 'a', prompt, critical: false, passMarkPermille: 1000 };
      return projectBenchmark(sampleBenchmark({ questions: [question] }));
    };
    const { status } = plan(observed(asking('What?')), at('01T01:00'));
    expect(plan(observed({ ...asking('What?'), status }), at('01T01:01')).createRun).toBeUndefined();
    expect(plan(observed({ ...asking('Why?'), status }), at('01T01:01')).createRun).toBeDefined();
  });

  const generation = (benchmark: RuneBenchmark, number: number, spec: Partial<RuneBenchmark['spec']> = {}) => ({
    ...benchmark,
    metadata: { ...benchmark.metadata, generation: number },
    spec: { ...benchmark.spec, ...spec },
  });
  const made = (benchmark: RuneBenchmark, outcome?: string) => {
    const asked = plan(observed(benchmark), at('01T01:00')).createRun ?? expect.unreachable();
    const run = sampleRun('x', outcome, { trigger: 'Change' });
    return { ...run, metadata: { ...run.metadata, ...newRun(benchmark, asked).metadata } };
  };

  test('an edit elsewhere, before the status tells of the run, makes no second one', () => {
    const benchmark = sampleBenchmark();
    const run = made(benchmark);
    const edited = generation(benchmark, 2, { failedRunsHistoryLimit: 1 });
    const decided = plan(observed(edited, [run]), at('01T01:01'));
    expect(decided.createRun).toBeUndefined();
    expect(decided.stories).toEqual([]);
    expect(decided.status.lastRunSHA256).toBeDefined();
    const changed = plan(
      observed(generation(benchmark, 2, { trials: 2 }), [made(benchmark, 'Complete')]),
      at('01T01:01'),
    );
    expect(changed.createRun).toBeDefined();
  });

  test('a change and back again runs again', () => {
    const benchmark = sampleBenchmark();
    const first = made(benchmark, 'Complete');
    const recorded = plan(observed(benchmark, [first]), at('01T01:01')).status;
    const other = generation({ ...benchmark, status: recorded }, 2, { trials: 2 });
    const second = made(other, 'Complete');
    const after = plan(observed(other, [first, second]), at('01T02:00')).status;
    const back = generation({ ...benchmark, status: after }, 3);
    expect(plan(observed(back, [first, second]), at('01T03:00')).createRun).toMatchObject({
      change: { generation: 3 },
    });
  });

  test('of several changes while a run goes on, only the newest counts', () => {
    const benchmark = sampleBenchmark();
    const active = made(benchmark);
    const { status } = plan(observed(benchmark, [active]), at('01T01:00'));
    for (const trials of [2, 3, 4]) {
      const edited = generation({ ...benchmark, status }, trials, { trials });
      expect(plan(observed(edited, [active]), at('01T02:00')).createRun).toBeUndefined();
    }
    const last = generation({ ...benchmark, status }, 4, { trials: 4 });
    const finished = made(benchmark, 'Complete');
    expect(plan(observed(last, [finished]), at('01T03:00')).createRun).toMatchObject({ change: { generation: 4 } });
  });

  test('a run that waited, and took up the newest generation when it started, is for that one, too', () => {
    const benchmark = sampleBenchmark();
    const { status } = plan(observed(benchmark, [made(benchmark)]), at('01T01:00'));
    const started = made(benchmark, 'Complete');
    const run = { ...started, status: { ...started.status, pinned: { benchmarkGeneration: 2 } } };
    const edited = generation({ ...benchmark, status }, 2, { trials: 2 });
    expect(plan(observed(edited, [run]), at('01T02:00')).createRun).toBeUndefined();
  });

  test('with a schedule only where it is asked for', () => {
    expect(plan(observed(scheduled()), at('01T00:40')).createRun).toBeUndefined();
    expect(plan(observed(scheduled({ runOnChange: true })), at('01T00:40')).createRun?.trigger).toBe('Change');
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
  test('of the newest one still, when the history limits have let it go', () => {
    const benchmark = sampleBenchmark({ failedRunsHistoryLimit: 0 });
    const [old, failed] = [sampleRun('old', 'Complete', {}, 1), sampleRun('failed', 'Unmeasured', {}, 5)];
    const { status, deleteRuns } = plan(observed(benchmark, [old, failed]), at('20T00:00'));
    expect(deleteRuns).toEqual([failed]);
    const after = plan(observed({ ...benchmark, status }, [old]), at('20T00:01')).status;
    expect(after.lastRun).toMatchObject({ name: 'failed', outcome: 'Unmeasured' });
    expect(after.lastSuccessfulTime).toBe(old.status?.completionTime);
  });

  test('that the emergency stop holds it', () => {
    const { status } = plan(observed(sampleBenchmark(), [], { stop }), at('01T01:00'));
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Suspended',
        status: 'True',
        reason: 'EmergencyStop',
        message: 'Held by the emergency stop: a drill. It is over.',
      }),
    );
  });

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
    ['no question', { questions: [] }, {}, 'False NoQuestions', 'Stalled'],
    [
      'an id twice',
      { suiteRefs: [{ name: 'basics' }] },
      {
        suite: () =>
          ({
            metadata: {},
            spec: { questions: [{ id: 'a', prompt: 'b', critical: false, passMarkPermille: 1000 }] },
          }) as never,
      },
      'False DuplicateQuestion',
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
