import { describe, expect, test } from 'vitest';
import { findCondition } from '../../crds/conditions.ts';
import type { Outcome } from '../../crds/names.ts';
import type { Report } from '../../crds/report.ts';
import { attemptEnd } from './attempt-end.ts';
import { podState } from './pod-state.ts';
import * as status from './status.ts';
import {
  at,
  closedStatus,
  openStatus,
  runnerEnded,
  START,
  sampleAttempt,
  sampleCondition,
  sampleJob,
  samplePod,
  sampleReport,
} from './testing/sample.ts';

const NOW = START + 20_000;
const endOf = (report?: Partial<Report>, spec: Parameters<typeof sampleJob>[0] = {}) => {
  const state = podState(samplePod(1, runnerEnded(report && sampleReport(report))), undefined, NOW);
  if (state.kind !== 'ended') throw new Error('it runs');
  return attemptEnd(
    sampleJob(spec, openStatus()),
    1,
    state.ended,
    { retryBackoffSeconds: 10, retryBackoffMaxSeconds: 360 },
    NOW,
  );
};

describe('cost', () => {
  const budget = { maxCostUSD: '0.50' };
  test.each([
    ['what the report says', { costMicroUSD: 40 }, {}, undefined, 40],
    ['of all attempts', { costMicroUSD: 40 }, {}, 2, 42],
    ['none', { costMicroUSD: 0 }, {}, undefined, 0],
    ['unknown', undefined, {}, undefined, undefined],
    ['all that a lost attempt was allowed to spend', undefined, { budget }, 1, 500_001],
  ])('%s', (_name, report, spec, before, cost) => {
    const job = sampleJob(spec);
    const old = openStatus('AgentAsked', before === undefined ? {} : { costMicroUSD: before });
    expect(status.attemptEnded(job, old, sampleAttempt(1), endOf(report, spec), NOW).costMicroUSD).toBe(cost);
  });

  test('of an attempt that was never started is nothing', () => {
    const end = { ...endOf(undefined, { budget }), hadStarted: false };
    expect(status.attemptEnded(sampleJob({ budget }), openStatus(), sampleAttempt(1), end, NOW)).not.toHaveProperty(
      'costMicroUSD',
    );
  });
});

describe('what was measured', () => {
  const measured = (report: Partial<Report>, startTime = at(1)) => {
    const old = { timings: { queuedMilliseconds: 5 } };
    return status.measured(sampleJob(), old, { ...sampleAttempt(1), startTime }, endOf(report), {
      agentGeneration: 2,
      backendGeneration: 3,
    });
  };

  test('is taken from the report', () => {
    const { answer, usage, events, timings, provenance } = sampleReport();
    expect(measured({})).toEqual({
      scorePermille: 1000,
      scores: [{ name: 'answer', scorer: 'exact', passed: true }],
      answer,
      usage,
      events,
      timings: { queuedMilliseconds: 5, startingMilliseconds: 1000, ...timings },
      provenance: { agentGeneration: 2, backendGeneration: 3, ...provenance, runnerImage: 'rune@sha256:1' },
    });
  });

  test('beyond text, and by which image, is taken over, too', () => {
    const artifacts = [{ name: 'a', type: 'text/plain', bytes: 1, sha256: 'd'.repeat(64) }];
    const more = { findings: { count: 1, sha256: 'c'.repeat(64) }, artifacts, artifactsOmitted: 2 };
    const end = { ...endOf(more), agentImageID: 'agent@sha256:2' };
    expect(status.measured(sampleJob(), {}, sampleAttempt(1), end, {})).toMatchObject({
      ...more,
      provenance: { runnerImage: 'rune@sha256:1', agentImage: 'agent@sha256:2' },
    });
  });

  test('and of which agent, is known without a report, too, where one was asked', () => {
    const end = { ...endOf(), agentImageID: 'agent@sha256:2' };
    const of = (one: typeof end) => status.measured(sampleJob(), {}, sampleAttempt(1), one, { agentGeneration: 2 });
    const provenance = { agentGeneration: 2, runnerImage: 'rune@sha256:1', agentImage: 'agent@sha256:2' };
    expect(of(end)).toEqual({ provenance });
    expect(of({ ...end, hadStarted: false })).toEqual({});
  });

  test.each([
    ['more marks than entries', '101', [true]],
    ['a mark that is not met', '0', [false]],
    ['no marks', '', undefined],
  ])('%s', (_name, scores, passed) => {
    expect(measured({ scores }).scores?.map((entry) => entry.passed)).toEqual(passed);
  });

  test('a start before its own creation, by a clock that is behind, took no time', () => {
    expect(measured({}, at(50)).timings?.startingMilliseconds).toBe(0);
    expect(measured({ startTime: 'never' }).timings).not.toHaveProperty('startingMilliseconds');
  });
});

describe('kstatus', () => {
  const finish = (outcome: Outcome) =>
    status.finished(
      sampleJob(),
      openStatus('AgentAsked', { conditions: [sampleCondition('Reconciling', 'True', 'AgentAsked')] }),
      { outcome, reason: 'x', message: '', wasAsked: true },
      NOW,
    );

  test.each([
    ['Passed', 'True', false],
    ['Failed', 'True', false],
    ['Answered', 'True', false],
    ['AgentError', 'True', false],
    ['AgentTimeout', 'True', false],
    ['BudgetExceeded', 'False', false],
    ['Cancelled', 'False', false],
    ['BackendError', 'False', true],
    ['Throttled', 'False', true],
    ['InfraError', 'False', true],
    ['ScorerError', 'False', true],
  ] as const)('%s: Succeeded=%s, stalled: %s', (outcome, succeeded, isStalled) => {
    const { conditions } = finish(outcome);
    expect(findCondition(conditions, 'Finished')).toMatchObject({
      status: 'True',
      reason: outcome,
      message: expect.stringMatching(/^The .*\.$/),
    });
    expect(findCondition(conditions, 'Succeeded')).toMatchObject({ status: succeeded, reason: outcome });
    expect(findCondition(conditions, 'Stalled')?.status).toBe(isStalled ? 'True' : undefined);
    expect(findCondition(conditions, 'Reconciling')).toBeUndefined();
  });

  test('a job that waits is under way, a suspended one is at rest', () => {
    const waits = status.waiting(sampleJob(), {}, 'BackendBusy', 'Busy.', NOW);
    expect(findCondition(waits.conditions, 'Reconciling')).toMatchObject({ status: 'True', reason: 'BackendBusy' });
    const rests = status.waiting(sampleJob(), waits, 'Suspended', 'Held.', NOW);
    expect(findCondition(rests.conditions, 'Reconciling')).toBeUndefined();
  });

  test('every status is about the generation that was seen', () => {
    const job = sampleJob({}, undefined, { generation: 7 });
    expect(status.waiting(job, {}, 'BackendBusy', 'Busy.', NOW)).toMatchObject({
      observedGeneration: 7,
      conditions: [{ observedGeneration: 7 }, { observedGeneration: 7 }],
    });
  });
});

test('a suspension that was over when the job finished does not stand any more', () => {
  const held = { conditions: [sampleCondition('Suspended', 'True', 'Suspended')] };
  const end = { outcome: 'Passed', reason: 'Scored', message: '', wasAsked: true } as const;
  const { conditions } = status.finished(sampleJob({}, held), held, end, NOW);
  expect(findCondition(conditions, 'Suspended')).toMatchObject({ status: 'False', reason: 'Resumed' });
  const stays = status.finished(sampleJob({ suspend: true }, held), held, end, NOW);
  expect(findCondition(stays.conditions, 'Suspended')?.status).toBe('True');
});

describe('an attempt that begins', () => {
  test('is recorded with its Pod, its load and its time in the queue', () => {
    expect(status.begun(sampleJob(), {}, 4, NOW)).toMatchObject({
      attempt: 1,
      load: 4,
      timings: { queuedMilliseconds: 20_000 },
      attempts: [{ number: 1, podName: 'sum-1', startTime: at(20) }],
    });
  });

  test('counts its queueing from the end of the one before, and never below zero', () => {
    const job = sampleJob({}, closedStatus());
    expect(status.begun(job, job.status ?? {}, 0, START + 107_000).timings).toEqual({ queuedMilliseconds: 7000 });
    expect(status.begun(job, job.status ?? {}, 0, START).timings).toEqual({ queuedMilliseconds: 0 });
  });

  test('pushes the oldest out of a full list', () => {
    const attempts = Array.from({ length: 16 }, (_, index) => sampleAttempt(index + 1));
    const next = status.begun(sampleJob(), { attempt: 16, attempts }, 0, NOW);
    expect(next.attempts?.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, index) => index + 2));
  });
});
