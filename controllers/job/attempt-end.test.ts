import { describe, expect, test } from 'vitest';
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
