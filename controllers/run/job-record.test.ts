import { expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { recordOf } from './job-record.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

type Status = NonNullable<RuneJob['status']>;
type Attempt = NonNullable<Status['attempts']>[number];

const frozen = sampleFrozen();
const of = (status: Partial<Status>) => recordOf(sampleJob(sampleRun(frozen), frozen, 3, status));
const attempt = (number: number, more: Partial<Attempt> = {}): Attempt => ({
  number,
  podName: 'pod',
  startTime: '2026-01-01T00:00:00Z',
  ...more,
});

test('of a job that has done nothing yet', () => {
  expect(of({})).toEqual({
    name: 'nightly-1-3',
    uid: 'nightly-1-3-uid',
    case: 'o',
    isCancelled: false,
    hasAttempt: false,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    hasUsage: false,
    lostAttempts: 0,
    retries: 0,
    load: 0,
    isArchived: false,
  });
});

test('of a job that passed in its second attempt', () => {
  const attempts = [
    attempt(1, { outcome: 'InfraError', costMicroUSD: 3 }),
    attempt(2, { outcome: 'Passed', costMicroUSD: 7 }),
  ];
  const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 4, modelCalls: 1 };
  const measured = { costMicroUSD: 10, timings: { agentMilliseconds: 900 }, load: 2, retries: 1 };
  const provenance = { agentImage: 'agent@sha256:1', agentGeneration: 4 };
  expect(of({ outcome: 'Passed', usage, attempts, provenance, ...measured })).toMatchObject({
    case: 'P',
    hasAttempt: false,
    latency: 900,
    inputTokens: 10,
    outputTokens: 2,
    cachedTokens: 4,
    hasUsage: true,
    costMicroUSD: 10,
    lostAttempts: 0,
    retries: 1,
    load: 2,
    agent: 'agent@sha256:1@4',
  });
});

test.each<[string, Partial<Status>, object]>([
  ['an attempt in progress', { attempts: [attempt(1)] }, { hasAttempt: true, lostAttempts: 0 }],
  ['an attempt that did not tell its cost', { attempts: [attempt(1, { outcome: 'InfraError' })] }, { lostAttempts: 1 }],
  ['an agent without an image', { provenance: { agentGeneration: 2 } }, { agent: '2@2' }],
  ['an archive', { conditions: [archived('True', 'Archived')] }, { isArchived: true }],
  ['an archive that failed', { conditions: [archived('False', 'AccessDenied')] }, { unarchived: 'AccessDenied' }],
])('%s', (_name, status, expected) => {
  expect(of(status)).toMatchObject(expected);
});

test('no archive is asked for: nothing is said of it', () => {
  expect(of({ conditions: [archived('False', 'NotConfigured')] })).not.toHaveProperty('unarchived');
});

test.each(['Passed', 'Failed', 'Answered'])('%s has a latency', (outcome) => {
  expect(of({ outcome, timings: { agentMilliseconds: 5 } } as Partial<Status>)).toMatchObject({ latency: 5 });
});

test.each(['AgentError', 'AgentTimeout', 'Throttled'])('%s has none: nothing was answered', (outcome) => {
  expect(of({ outcome, timings: { agentMilliseconds: 5 } } as Partial<Status>)).not.toHaveProperty('latency');
});

function archived(status: 'True' | 'False', reason: string) {
  return { type: 'Archived', status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
}
