import { describe, expect, test } from 'vitest';
import type { AgentState } from './agent-state.ts';
import { attemptEnd } from './attempt-end.ts';
import type { PodEnd } from './pod-state.ts';
import { openStatus, START, sampleCondition, sampleJob, sampleReport } from './testing/sample.ts';

const LIMITS = { retryBackoffSeconds: 10, retryBackoffMaxSeconds: 360 };
const DEADLINE = START + 3_600_000;
const end = (more: Partial<PodEnd> = {}): PodEnd => ({
  reason: 'Error',
  detail: '',
  hadStarted: true,
  lost: false,
  ...more,
});
const says = (report: object, more: Partial<PodEnd> = {}) => end({ message: JSON.stringify(report), ...more });
const terminated = sampleReport({ outcome: 'InfraError', reason: 'Terminated', message: 'SIGTERM', retryable: true });
const resumed = { ...openStatus(), conditions: [sampleCondition('Suspended', 'True', 'Suspended')] };

describe('a report', () => {
  test.each([
    ['Passed', false, 'finish'],
    ['Failed', true, 'finish'],
    ['Answered', false, 'finish'],
    ['AgentError', true, 'finish'],
    ['AgentTimeout', true, 'finish'],
    ['BackendError', true, 'retry'],
    ['BackendError', false, 'finish'],
    ['Throttled', true, 'retry'],
    ['InfraError', true, 'retry'],
    ['InfraError', false, 'finish'],
    ['ScorerError', true, 'finish'],
    ['BudgetExceeded', true, 'finish'],
  ] as const)('%s (retryable: %s) → %s, also when the job is cancelled or suspended', (outcome, retryable, next) => {
    const report = sampleReport({ outcome, retryable, message: 'As it said.' });
    for (const spec of [{}, { cancel: true }, { suspend: true }]) {
      expect(attemptEnd(sampleJob(spec, openStatus()), 1, says(report, { imageID: 'i' }), LIMITS, DEADLINE)).toEqual({
        outcome,
        next,
        report,
        reason: 'Scored',
        message: 'As it said.',
        hadStarted: true,
        imageID: 'i',
      });
    }
  });
});

describe('no result', () => {
  test.each([
    ['cancelled', sampleJob({ cancel: true }), end(), 'Cancelled', 'Cancelled', 'finish'],
    ['cancelled and suspended', sampleJob({ cancel: true, suspend: true }), end(), 'Cancelled', 'Cancelled', 'finish'],
    ['cancelled, and said so', sampleJob({ cancel: true }), says(terminated), 'Cancelled', 'Cancelled', 'finish'],
    ['suspended', sampleJob({ suspend: true }), end(), 'Cancelled', 'Suspended', 'again'],
    ['suspended, and said so', sampleJob({ suspend: true }), says(terminated), 'Cancelled', 'Suspended', 'again'],
    [
      'suspended and resumed before it ended',
      sampleJob({}, resumed),
      says(terminated),
      'Cancelled',
      'Suspended',
      'again',
    ],
    ['ended from outside, and said so', sampleJob(), says(terminated), 'InfraError', 'PodTerminated', 'retry'],
    ['deleted', sampleJob(), end({ reason: 'Deleted' }), 'InfraError', 'PodDeleted', 'retry'],
    ['deleted, and said so', sampleJob(), says(terminated, { reason: 'Deleted' }), 'InfraError', 'PodDeleted', 'retry'],
    ['out of memory', sampleJob(), end({ reason: 'OOMKilled' }), 'InfraError', 'OOMKilled', 'retry'],
    ['lost', sampleJob(), end({ reason: 'NodeLost', lost: true }), 'InfraError', 'NodeLost', 'retry'],
    ['evicted', sampleJob(), end({ reason: 'Evicted' }), 'InfraError', 'Evicted', 'retry'],
    [
      'evicted for want of memory',
      sampleJob(),
      end({ reason: 'TerminationByKubelet' }),
      'InfraError',
      'Evicted',
      'retry',
    ],
    ['drained', sampleJob(), end({ reason: 'EvictionByEvictionAPI' }), 'InfraError', 'Evicted', 'retry'],
    ['preempted', sampleJob(), end({ reason: 'PreemptionByScheduler' }), 'InfraError', 'Evicted', 'retry'],
    ['crashed', sampleJob(), end({ exitCode: 134 }), 'InfraError', 'NoReport', 'retry'],
    ['a broken report', sampleJob(), end({ message: '{"v":1' }), 'InfraError', 'NoReport', 'retry'],
    [
      'a report about another attempt',
      sampleJob(),
      says(sampleReport({ attempt: 7 })),
      'InfraError',
      'NoReport',
      'retry',
    ],
  ] as const)('%s', (_name, job, podEnd, outcome, reason, next) => {
    const seen = attemptEnd(job, 1, podEnd, LIMITS, START);
    expect(seen).toMatchObject({ outcome, reason, next, message: expect.stringMatching(/^\S.*\.$/) });
    expect(seen.report === undefined).toBe(podEnd.message !== JSON.stringify(terminated));
  });

  test('says what to do about memory', () => {
    const limits = sampleJob({ pod: { resources: { limits: { memory: '64Mi' } } } });
    expect(attemptEnd(limits, 1, end({ reason: 'OOMKilled' }), LIMITS, START).message).toBe(
      'The runner ran out of memory (limit: 64Mi): raise spec.pod.resources.limits.memory.',
    );
  });

  test('tells what Kubernetes says, on one line and not for ever', () => {
    const detail = `The node was low\n on memory. ${'x'.repeat(400)}`;
    const { message } = attemptEnd(sampleJob(), 1, end({ reason: 'Evicted', detail }), LIMITS, START);
    expect(message).toMatch(/^The Pod was evicted \(Evicted\)\. The node was low on memory\. x+…$/);
    expect(message.length).toBeLessThan(350);
  });
});

describe('the start deadline', () => {
  const waits = sampleJob({}, openStatus('ImagePull'));
  test('ends a job that was not asked', () => {
    expect(attemptEnd(waits, 1, end({ hadStarted: false }), LIMITS, DEADLINE)).toMatchObject({
      outcome: 'InfraError',
      reason: 'StartDeadlineExceeded',
      next: 'finish',
      message: 'The agent was not asked within startDeadlineSeconds (3600 s). Last it said: As it was.',
    });
  });
  test('does not end one whose runner had started, or that still has time', () => {
    expect(attemptEnd(waits, 1, end(), LIMITS, DEADLINE).next).toBe('retry');
    expect(attemptEnd(waits, 1, end({ hadStarted: false }), LIMITS, DEADLINE - 1).next).toBe('retry');
  });
});

describe('an agent in a container', () => {
  const agent = (more: Partial<AgentState> = {}): AgentState => ({
    image: 'agent:1',
    imageID: 'agent@sha256:2',
    memoryLimit: '1Gi',
    wasOutOfMemory: false,
    wasLost: false,
    isCrashing: false,
    ...more,
  });
  const restarted = sampleReport({ outcome: 'AgentError', reason: 'AgentRestarted', message: 'It was restarted.' });
  const because = (reason: 'AgentNotReady' | 'BadOption') => sampleReport({ ...restarted, reason });
  const evicted = (detail: string) => ({ reason: 'TerminationByKubelet', detail });
  const artifacts = 'Usage of EmptyDir volume "artifacts" exceeds the limit "96Mi". ';
  const verdict = (podEnd: PodEnd, job = sampleJob()) => attemptEnd(job, 1, podEnd, LIMITS, START);

  test.each<[string, PodEnd, string, RegExp]>([
    [
      'was killed for memory',
      says(restarted, { agent: agent({ wasOutOfMemory: true }) }),
      'AgentOutOfMemory',
      /\(limit: 1Gi\): raise spec\.container\.resources\.limits\.memory of the RuneAgent\.$/,
    ],
    [
      'was killed for memory before it could be asked',
      says(because('AgentNotReady'), { agent: agent({ wasOutOfMemory: true }) }),
      'AgentOutOfMemory',
      /1Gi/,
    ],
    [
      'ended, and Kubernetes says how',
      says(restarted, { agent: agent({ lastEnd: 'exit code 3 (Error)' }) }),
      'AgentRestarted',
      /^It was restarted\. The agent's container ended with: exit code 3 \(Error\)\.$/,
    ],
    ['ended, and nobody knows how', says(restarted, { agent: agent() }), 'AgentRestarted', /^It was restarted\.$/],
    [
      'was killed for memory, which has nothing to do with it',
      says(because('BadOption'), { agent: agent({ wasOutOfMemory: true }) }),
      'BadOption',
      /^It was restarted\.$/,
    ],
    [
      'ends again and again',
      end({ hadStarted: false, reason: 'Deleted', agent: agent({ isCrashing: true, lastEnd: 'exit code 1 (Error)' }) }),
      'AgentCrashed',
      /^The agent's container ended again and again before it could be asked: exit code 1 \(Error\)\.$/,
    ],
    [
      'ends again and again for want of memory',
      end({ hadStarted: false, reason: 'Deleted', agent: agent({ isCrashing: true, wasOutOfMemory: true }) }),
      'AgentOutOfMemory',
      /1Gi/,
    ],
    [
      'ended before its Pod had to make room',
      says(restarted, { reason: 'Evicted', agent: agent({ lastEnd: 'exit code 3 (Error)' }) }),
      'AgentRestarted',
      /exit code 3/,
    ],
    ['filled a volume', end({ ...evicted(artifacts), agent: agent() }), 'AgentDiskFull', /"artifacts" above 96Mi\.$/],
    [
      'filled a volume, and the runner was told to end',
      says(terminated, { ...evicted(artifacts), agent: agent() }),
      'AgentDiskFull',
      /"artifacts" above 96Mi\.$/,
    ],
    [
      'filled a volume, and was gone before the runner',
      says(restarted, { ...evicted(artifacts), agent: agent() }),
      'AgentDiskFull',
      /"artifacts" above 96Mi\.$/,
    ],
    [
      'filled its container',
      end({ ...evicted('Container agent exceeded its local ephemeral storage limit "1Gi". '), agent: agent() }),
      'AgentDiskFull',
      /its container above 1Gi, which spec\.container\.resources\.limits\.ephemeral-storage/,
    ],
    [
      'filled all that the Pod may have',
      end({
        ...evicted('Pod ephemeral local storage usage exceeds the total limit of containers 1152Mi. '),
        agent: agent(),
      }),
      'AgentDiskFull',
      /its container and its volumes above 1152Mi, /,
    ],
  ])('%s', (_name, podEnd, reason, message) => {
    expect(verdict(podEnd)).toMatchObject({
      outcome: 'AgentError',
      reason,
      next: 'finish',
      message: expect.stringMatching(message),
      agentImageID: 'agent@sha256:2',
    });
  });

  const tmp = 'Usage of EmptyDir volume "tmp" exceeds the limit "64Mi". ';
  test.each<[string, PodEnd, string]>([
    ["a volume of the runner's is full", end({ ...evicted(tmp), agent: agent() }), 'Evicted'],
    ['a volume is full, and there is no agent', end(evicted(artifacts)), 'Evicted'],
    [
      'the node is full',
      end({ ...evicted('The node was low on resource: ephemeral-storage. '), agent: agent() }),
      'Evicted',
    ],
    ['the runner is out of memory', end({ reason: 'OOMKilled', agent: agent({ wasOutOfMemory: true }) }), 'OOMKilled'],
    ['its Pod had to make room', says(restarted, { reason: 'PreemptionByScheduler', agent: agent() }), 'Evicted'],
    [
      'its Pod had to make room before it came up for the second time',
      end({
        ...evicted('The node was low on resource: memory. '),
        hadStarted: false,
        agent: agent({ isCrashing: true }),
      }),
      'Evicted',
    ],
    [
      'its container was lost',
      says(restarted, { agent: agent({ wasLost: true, lastEnd: 'exit code 255 (Unknown)' }) }),
      'AgentLost',
    ],
    ['somebody deleted the Pod', end({ reason: 'Deleted', agent: agent() }), 'PodDeleted'],
  ])('is not to blame when %s', (_name, podEnd, reason) => {
    expect(verdict(podEnd)).toMatchObject({ outcome: 'InfraError', reason, next: 'retry' });
  });

  test('a result that was reported stands, whatever became of the agent', () => {
    const disk = { ...evicted(artifacts), agent: agent({ wasOutOfMemory: true, lastEnd: 'exit code 1' }) };
    expect(verdict(says(sampleReport(), disk))).toMatchObject({ outcome: 'Passed', reason: 'Scored' });
  });

  test.each([
    ['cancelled', { cancel: true }, 'finish'],
    ['suspended', { suspend: true }, 'again'],
  ])('a job that was %s is that, whatever became of the agent', (_name, spec, next) => {
    const crashed = end({ hadStarted: false, reason: 'Deleted', agent: agent({ isCrashing: true }) });
    expect(verdict(crashed, sampleJob(spec))).toMatchObject({ outcome: 'Cancelled', next });
  });
});
