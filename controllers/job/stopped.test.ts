import { describe, expect, test } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { stoppedEnd } from './stopped.ts';
import { sampleReport } from './testing/sample.ts';

describe('the end of an attempt that a stop caught', () => {
  const lost = { outcome: 'InfraError', reason: 'PodDeleted', message: '', next: 'retry', hadStarted: true } as const;
  const stopped = { outcome: 'Stopped', reason: 'EmergencyStop', message: 'Stopped.', next: 'finish' };

  test.each<[string, AttemptEnd]>([
    ['without a report', lost],
    ['told to end', { ...lost, report: sampleReport({ reason: 'Terminated', retryable: true }) }],
    [
      'with what would be tried again',
      { ...lost, outcome: 'Throttled', report: sampleReport({ reason: 'RateLimited' }) },
    ],
    ['by a suspension', { ...lost, outcome: 'Cancelled', reason: 'Suspended', next: 'again' }],
    ['by its start deadline', { ...lost, reason: 'StartDeadlineExceeded', next: 'finish' }],
  ])('is the stop: %s', (_name, end) => {
    expect(stoppedEnd(end, 'Stopped.')).toEqual({ ...end, ...stopped });
  });

  test.each<[string, AttemptEnd]>([
    ['a result', { ...lost, outcome: 'Passed', next: 'finish', report: sampleReport() }],
    ['trouble that ends the job', { ...lost, outcome: 'BackendError', next: 'finish', report: sampleReport() }],
    ['a cancellation', { ...lost, outcome: 'Cancelled', reason: 'Cancelled', next: 'finish' }],
  ])('stays what it is: %s', (_name, end) => expect(stoppedEnd(end, 'Stopped.')).toBe(end));
});
