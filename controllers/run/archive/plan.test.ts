import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../crds/raw.ts';
import type { RuneRun } from '../../../crds/types.ts';
import { archiveBegins, archiveStep } from './plan.ts';
import { archivePod } from './pod.ts';

const END = Date.parse('2026-01-02T03:00:00Z');
const run = {
  metadata: { name: 'nightly-1', namespace: 'team', uid: 'run-uid' },
  status: {
    completionTime: new Date(END).toISOString(),
    pinned: { trials: 1 },
    conditions: [{ type: 'Archived', status: 'Unknown', reason: 'Archiving', message: '', lastTransitionTime: '' }],
  },
} as unknown as RuneRun;

const whole = { v: 1, uid: 'run-uid', reason: 'Archived', uri: 's3://b/team/nightly-1/', sha256: 'a', lines: 4 };
const broken = { v: 1, uid: 'run-uid', reason: 'ServerError', message: 'The S3 server failed again and again (503).' };

/** The Pod of an attempt, made a second after the end of the run; with an end a second later, where one is given. */
function pod(attempt: number, end?: { phase: 'Succeeded' | 'Failed'; report?: unknown }): Pod {
  const made = archivePod(run, attempt, { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' });
  const metadata = { ...made.metadata, creationTimestamp: new Date(END + 1_000).toISOString() };
  if (end === undefined) return { ...made, metadata };
  const message = end.report === undefined ? '' : JSON.stringify(end.report);
  const terminated = { exitCode: 0, message, finishedAt: new Date(END + 2_000).toISOString() };
  const runner = { name: 'runner', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } };
  return { ...made, metadata, status: { phase: end.phase, containerStatuses: [runner] } } as Pod;
}

const step = (pods: readonly Pod[], seconds: number, isStopped = false, of = run) =>
  archiveStep(of, pods, isStopped, END + seconds * 1000);

describe('a run that finishes', () => {
  test.each([
    ['some archived', [{ isArchived: true }, { isArchived: false, unarchived: 'TimedOut' }], 'Unknown', 'Archiving'],
    ['none archived', [{ isArchived: false, unarchived: 'AccessDenied' }], 'False', 'AccessDenied'],
    ['no Secret', [{ isArchived: false }], 'False', 'NotConfigured'],
    ['no job', [], 'False', 'NotConfigured'],
  ])('%s', (_name, records, status, reason) => {
    expect(archiveBegins(records)).toMatchObject({ status, reason });
  });
});

describe('the next step', () => {
  test('is nothing for a run that says what became of it', () => {
    const conditions = (run.status?.conditions ?? []).map((one) => ({ ...one, status: 'False' as const }));
    expect(step([], 0, false, { ...run, status: { ...run.status, conditions } })).toEqual({ kind: 'nothing' });
  });

  test('is a Pod, but not during an emergency stop', () => {
    expect(step([], 0)).toEqual({ kind: 'create', attempt: 1 });
    expect(step([], 0, true)).toEqual({ kind: 'wait' });
  });

  test('is to wait for it', () => {
    expect(step([pod(1)], 1)).toEqual({ kind: 'wait', milliseconds: 900_000 });
  });

  test('is to record what it tells, and to take it away', () => {
    const ended = pod(1, { phase: 'Succeeded', report: whole });
    expect(step([ended], 3)).toEqual({
      kind: 'record',
      verdict: {
        status: 'True',
        reason: 'Archived',
        message: 'The results of all cases lie in s3://b/team/nightly-1/results.jsonl.',
      },
      archive: { uri: 's3://b/team/nightly-1/', sha256: 'a', lines: 4 },
      remove: ended,
    });
  });

  test.each([
    ['trouble', { phase: 'Failed' as const, report: broken }],
    ['no report', { phase: 'Failed' as const }],
    ['a report of another run', { phase: 'Succeeded' as const, report: { ...whole, uid: 'other' } }],
    ['a report that the status cannot take', { phase: 'Succeeded' as const, report: { ...whole, lines: 'many' } }],
  ])('after %s is another Pod, after a pause', (_name, end) => {
    const ended = pod(1, end);
    expect(step([ended], 3)).toEqual({ kind: 'wait', milliseconds: 19_000 });
    expect(step([ended], 22)).toEqual({ kind: 'create', attempt: 2, remove: ended });
    expect(step([ended], 22, true)).toEqual({ kind: 'wait' });
  });

  test('after one that no node took, too', () => {
    const stuck = pod(2);
    expect(step([stuck], 901)).toEqual({ kind: 'create', attempt: 3, remove: stuck });
    expect(step([pod(3)], 901)).toMatchObject({ kind: 'record', verdict: { status: 'False', reason: 'TimedOut' } });
  });

  test('after the last one, or trouble that time does not mend, is to say so in sentences', () => {
    const last = pod(3, { phase: 'Failed', report: broken });
    expect(step([last], 3)).toEqual({
      kind: 'record',
      verdict: {
        status: 'False',
        reason: 'ServerError',
        message:
          'The S3 server failed again and again (503). The results of each job lie in S3 all the same, where its condition Archived says so.',
      },
      remove: last,
    });
    const denied = pod(1, { phase: 'Failed', report: { ...broken, reason: 'AccessDenied' } });
    expect(step([denied], 3)).toMatchObject({ kind: 'record', verdict: { reason: 'AccessDenied' } });
  });

  test('an hour after the end is no Pod any more, although somebody takes them all away', () => {
    expect(step([], 3600)).toMatchObject({ kind: 'record', verdict: { status: 'False', reason: 'TimedOut' } });
    const ended = pod(1, { phase: 'Failed', report: broken });
    expect(step([ended], 3600)).toMatchObject({ kind: 'record', verdict: { reason: 'ServerError' }, remove: ended });
  });
});

test('what the Pod is told of the largest run fits its annotations', () => {
  const questions = Array.from({ length: 500 }, (_, index) => ({
    id: `${index}`.padStart(63, 'q'),
    sha256: '0'.repeat(12),
  }));
  const cells = Array.from({ length: 20 }, () => ({
    agent: 'a'.repeat(63),
    model: 'm'.repeat(128),
    cases: 'P'.repeat(500),
  }));
  const status = { ...run.status, questions, cells, conditions: [] } as unknown as NonNullable<RuneRun['status']>;
  const { annotations } = archivePod({ ...run, status }, 1, {
    runnerImage: 'rune',
    runnerImagePullPolicy: 'Always',
  }).metadata;
  expect(Buffer.byteLength(Object.values(annotations ?? {}).join(''))).toBeLessThan(256 * 1024);
});
