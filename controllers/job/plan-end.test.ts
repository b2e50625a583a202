import { describe, expect, test } from 'vitest';
import { findCondition } from '../../crds/conditions.ts';
import type { Pod } from '../../crds/raw.ts';
import type { Report } from '../../crds/report.ts';
import type { RuneJob } from '../../crds/types.ts';
import { statusViolations } from '../testing/status-schema.ts';
import type { Status } from './attempts.ts';
import { plan } from './plan.ts';
import { check, type Situation } from './testing/check-plan.ts';
import { observed } from './testing/observed.ts';
import {
  at,
  finishedStatus,
  openStatus,
  runnerEnded,
  runnerIs,
  START,
  sampleCondition,
  sampleJob,
  samplePod,
  sampleReport,
  withAgent,
} from './testing/sample.ts';

type Row = [name: string, situation: Situation, seconds: number, steps: string];

const open = (spec: Partial<RuneJob['spec']> = {}, reason = 'PodCreating', more: Partial<Status> = {}) =>
  sampleJob(spec, openStatus(reason, more));
const held = sampleCondition('Suspended', 'True', 'Suspended');
const deleted = { deletionTimestamp: at(8), deletionGracePeriodSeconds: 8 };
const runs = runnerIs({ running: { startedAt: at(2) } });
const report = (
  more: Partial<Report>,
  spec: Partial<RuneJob['spec']> = {},
  status: Partial<Status> = {},
): Situation => ({
  job: open(spec, 'AgentAsked', status),
  pods: [samplePod(1, runnerEnded(sampleReport(more)))],
});
const endsWith = (status: object, spec: Partial<RuneJob['spec']> = {}): Situation => ({
  job: open(spec, 'AgentAsked'),
  pods: [samplePod(1, status)],
});
const dies = runnerIs({ terminated: { exitCode: 137, reason: 'Error', startedAt: at(2) } as never });
const oom = runnerIs({ terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: at(2) } as never });
const throttled = { outcome: 'Throttled', reason: 'RateLimited', message: 'Slow down.', retryable: true } as const;
const terminated = { outcome: 'InfraError', reason: 'Terminated', retryable: true } as const;

describe('at the end of an attempt', () => {
  test.each<Row>([
    ['passed', report({}), 20, 'True AgentAsked | end Passed | release 1 | wake 620'],
    ['failed', report({ outcome: 'Failed' }), 20, 'True AgentAsked | end Failed | release 1 | wake 620'],
    ['answered', report({ outcome: 'Answered' }), 20, 'True AgentAsked | end Answered | release 1 | wake 620'],
    [
      'agent error',
      report({ outcome: 'AgentError', retryable: true }),
      20,
      'True AgentAsked | end AgentError | release 1 | wake 620',
    ],
    [
      'passed, though cancelled meanwhile',
      report({}, { cancel: true }),
      20,
      'True AgentAsked | end Passed | release 1 | wake 620',
    ],
    [
      'passed, though suspended meanwhile',
      report({}, { suspend: true }),
      20,
      'True AgentAsked | end Passed | release 1 | wake 620',
    ],
    [
      'passed, and never seen to run',
      { ...report({}), job: open() },
      20,
      'True AgentAsked | end Passed | release 1 | wake 620',
    ],
    ['throttled', report(throttled), 20, 'False RetryBackoff | retry | release 1 | wake 30'],
    [
      'throttled, with Retry-After',
      report({ ...throttled, retryAfterSeconds: 44 }),
      20,
      'False RetryBackoff | retry | release 1 | wake 64',
    ],
    [
      'throttled for the last time',
      report(throttled, {}, { retries: 3 }),
      20,
      'True AgentAsked | end Throttled | release 1 | wake 620',
    ],
    [
      'throttled without retries',
      report(throttled, { backoffLimit: 0 }),
      20,
      'True AgentAsked | end Throttled | release 1 | wake 620',
    ],
    [
      'key refused',
      report({ outcome: 'BackendError', reason: 'KeyRefused' }),
      20,
      'True AgentAsked | end BackendError | release 1 | wake 620',
    ],
    [
      'budget exceeded',
      report({ outcome: 'BudgetExceeded' }),
      20,
      'True AgentAsked | end BudgetExceeded | release 1 | wake 620',
    ],
    [
      'scorer failed',
      report({ outcome: 'ScorerError' }),
      20,
      'True AgentAsked | end ScorerError | release 1 | wake 620',
    ],
    [
      'terminated by cancel',
      report(terminated, { cancel: true }),
      20,
      'True AgentAsked | end Cancelled | release 1 | wake 620',
    ],
    [
      'terminated by suspend',
      report(terminated, { suspend: true }),
      20,
      'False Suspended | suspended True | again | release 1 | wake 620',
    ],
    [
      'terminated by suspend, resumed',
      report(terminated, {}, { conditions: [held] }),
      20,
      'False Suspended | suspended True | again | release 1 | wake 620',
    ],
    ['terminated by somebody', report(terminated), 20, 'False RetryBackoff | retry | release 1 | wake 30'],
    ['out of memory', endsWith(oom), 20, 'False RetryBackoff | retry | release 1 | wake 30'],
    ['evicted', endsWith({ ...dies, reason: 'Evicted' }), 20, 'False RetryBackoff | retry | release 1 | wake 30'],
    ['crashed', endsWith(dies), 20, 'False RetryBackoff | retry | release 1 | wake 30'],
    [
      'crashed for the last time',
      endsWith(dies, { backoffLimit: 0 }),
      20,
      'True AgentAsked | end InfraError | release 1 | wake 620',
    ],
    [
      'node lost',
      { job: open({}, 'AgentAsked'), pods: [samplePod(1, runs, deleted)] },
      38,
      'False RetryBackoff | retry | release 1 | force 1 | wake 48',
    ],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));
});

describe('an agent that crashed', () => {
  const gone = { deletionTimestamp: at(8), deletionGracePeriodSeconds: 0 };
  const pod = withAgent(
    samplePod(1, { phase: 'Failed' }, gone),
    { terminated: { exitCode: 1, reason: 'Error' } },
    { restartCount: 3 },
  );

  test('ends its job for good when its Pod has gone', () =>
    check({ job: open({}, 'AgentCrashed'), pods: [pod] }, 9, 'False AgentCrashed | end AgentError | release 1'));

  test('is a measurement, and the status says why it ended', () => {
    const { status } = plan(observed({ job: open({}, 'AgentCrashed'), pods: [pod] }), START);
    const message = "The agent's container ended again and again before it could be asked: exit code 1 (Error).";
    expect(status.attempts).toMatchObject([{ outcome: 'AgentError', reason: 'AgentCrashed', message }]);
    expect(findCondition(status.conditions, 'Succeeded')).toMatchObject({ status: 'True', reason: 'AgentError' });
  });
});

describe('a runner that ended before the container of its agent', () => {
  const ends = (more: Partial<Report>, spec: Partial<RuneJob['spec']> = {}): Situation => {
    const message = JSON.stringify(sampleReport(more));
    const status = runnerIs({ terminated: { exitCode: 0, startedAt: at(2), finishedAt: at(9), message } });
    return { job: open(spec, 'AgentAsked'), pods: [withAgent(samplePod(1, status), { running: {} })] };
  };
  const restarted = { outcome: 'AgentError', reason: 'AgentRestarted' } as const;
  test.each<Row>([
    ['with a result', ends({}), 10, 'True AgentAsked | end Passed | release 1 | wake 610'],
    ['for a signal: the kubelet may yet say why', ends(terminated), 10, 'True AgentAsked | wake 39'],
    [
      'for a signal, and nothing more is said',
      ends(terminated),
      39,
      'False RetryBackoff | retry | release 1 | wake 49',
    ],
    ['because the agent is gone', ends(restarted), 10, 'True AgentAsked | wake 39'],
    [
      'because the agent is gone, and it is known how: Kubernetes will forget it',
      {
        ...ends(restarted),
        pods: (ends(restarted).pods ?? []).map((pod) =>
          withAgent(pod, { running: {} }, { restartCount: 1, lastState: { terminated: { exitCode: 3 } } }),
        ),
      },
      10,
      'True AgentAsked | end AgentError | release 1 | wake 610',
    ],
    [
      'because the agent is gone, and nothing more is said',
      ends(restarted),
      39,
      'True AgentAsked | end AgentError | release 1 | wake 639',
    ],
    [
      'since the job was cancelled',
      ends(terminated, { cancel: true }),
      10,
      'True AgentAsked | end Cancelled | release 1 | wake 610',
    ],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));
});

describe('after the end', () => {
  const done = (spec: Partial<RuneJob['spec']> = {}, metadata = {}) => sampleJob(spec, finishedStatus(), metadata);
  const ended = samplePod(1, dies, { finalizers: [] });
  const withFixtures = (status: object) =>
    samplePod(1, status, { finalizers: [], annotations: { 'bench.rune.ai/fixtures': 'true' } });
  const fixturePods: [string, Pod, string][] = [
    ['Pod without a report may own fixtures', withFixtures(dies), 'delete 1'],
    ['Pod owns fixtures', withFixtures(runnerEnded(sampleReport({ fixtures: 'left' }))), 'delete 1'],
    [
      'Pod of a runner that broke may own fixtures',
      withFixtures(runnerEnded(sampleReport({ outcome: 'InfraError', reason: 'RunnerFailed' }))),
      'delete 1',
    ],
    ['fixtures are gone', withFixtures(runnerEnded(sampleReport({ fixtures: 'removed' }))), 'wake 700'],
    ['fixtures were never made', withFixtures(runnerEnded(sampleReport())), 'wake 700'],
  ];
  test.each<Row>([
    ['nothing is left', { job: done() }, 200, 'end Passed'],
    ['Pod is let go', { job: done(), pods: [samplePod(1, dies)] }, 100, 'end Passed | release 1 | wake 700'],
    ['Pod is kept', { job: done(), pods: [ended] }, 699, 'end Passed | wake 700'],
    ['Pod goes', { job: done(), pods: [ended] }, 700, 'end Passed | delete 1'],
    ['Pod is going', { job: done(), pods: [samplePod(1, dies, { finalizers: [], ...deleted })] }, 700, 'end Passed'],
    ['live Pod goes at once', { job: done(), pods: [samplePod(1, runs)] }, 101, 'end Passed | release 1 | delete 1'],
    [
      'live Pod is going',
      { job: done(), pods: [samplePod(1, runs, { finalizers: [], ...deleted })] },
      10,
      'end Passed | wake 38',
    ],
    [
      'lost Pod goes by force',
      { job: done(), pods: [samplePod(1, runs, deleted)] },
      101,
      'end Passed | release 1 | force 1',
    ],
    ...fixturePods.map(([name, pod, steps]): Row => [name, { job: done(), pods: [pod] }, 101, `end Passed | ${steps}`]),
    ['no TTL', { job: done(), pods: [] }, 1e9, 'end Passed'],
    ['before the TTL', { job: done({ ttlSecondsAfterFinished: 50 }) }, 149, 'end Passed | wake 150'],
    ['TTL', { job: done({ ttlSecondsAfterFinished: 50 }) }, 150, 'end Passed | delete job'],
    ['TTL of 0', { job: done({ ttlSecondsAfterFinished: 0 }) }, 100, 'end Passed | delete job'],
    [
      'TTL, of a run, which deletes it',
      { job: done({ ttlSecondsAfterFinished: 0 }, { ownerReferences: [ofRun] }) },
      150,
      'end Passed',
    ],
    [
      'TTL, being deleted',
      { job: done({ ttlSecondsAfterFinished: 0 }, { deletionTimestamp: at(100) }) },
      150,
      'end Passed',
    ],
    ['cancelled too late', { job: done({ cancel: true }, { generation: 2 }) }, 200, 'end Passed'],
    ['suspended too late', { job: done({ suspend: true }, { generation: 2 }) }, 200, 'end Passed'],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));

  test('a change that comes too late is taken in once, so that kstatus does not wait for it', () => {
    const job = done({ cancel: true }, { generation: 2 });
    const { status } = plan(observed({ job }), START);
    const conditions = job.status?.conditions?.map((one) => ({ ...one, observedGeneration: 2 }));
    expect(status).toEqual({ ...job.status, observedGeneration: 2, conditions });
    expect(plan(observed({ job: { ...job, status } }), START).status).toEqual(status);
  });
});

const ofRun = { apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneRun', name: 'nightly-1', uid: 'u', controller: true };

test('the last message tells how many attempts there were', () => {
  const { status } = plan(observed(report(throttled, {}, { retries: 3 })), START);
  expect(findCondition(status.conditions, 'Finished')?.message).toBe(
    'Slow down. It was the last of 4 attempts (backoffLimit 3).',
  );
});

test('a status stays small and within its schema after hundreds of suspensions and resumptions', () => {
  let job = sampleJob({}, undefined, { name: 'sum' });
  let now = START;
  for (let cycle = 0; cycle < 300; cycle++) {
    now += 1000;
    const begun = plan(observed({ job }), now);
    const suspended = { ...job, status: begun.status, spec: { ...job.spec, suspend: true } };
    const pod = samplePod(begun.createPod?.number ?? 0, {
      phase: 'Failed',
      message: '😀'.repeat(5000),
      reason: 'x'.repeat(5000),
    });
    const ended = plan(observed({ job: suspended, pods: [pod] }), now);
    job = { ...job, status: ended.status };
  }
  expect(job.status).toMatchObject({ attempt: 300 });
  expect(job.status?.retries).toBeUndefined();
  expect(job.status?.attempts).toHaveLength(16);
  expect(statusViolations('RuneJob', job.status ?? {})).toEqual([]);
  expect(JSON.stringify(job.status).length).toBeLessThan(100_000);
});
