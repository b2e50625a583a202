import { describe, expect, test } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { emergencyStop, heldMessage, stoppedEnd, stoppedMessage } from './emergency-stop.ts';
import { sampleReport } from './testing/sample.ts';

const stopOf = (data: Record<string, string>) => emergencyStop({ metadata: { namespace: 'rune-system' }, data });

describe('a stop is in force', () => {
  test.each(['true', 'True', ' TRUE\n', 'yes', '1', 'no', 'off', 'ture', 'falsee'])('by %j', (active) => {
    expect(stopOf({ active })).toBeDefined();
  });

  test.each(['false', 'False', ' FALSE\n', '', '  '])('not by %j', (active) => {
    expect(stopOf({ active, reason: 'a drill' })).toBeUndefined();
  });

  test('not without its ConfigMap, nor by one that says nothing', () => {
    expect(emergencyStop(undefined)).toBeUndefined();
    expect(emergencyStop({ metadata: {} })).toBeUndefined();
    expect(stopOf({ reason: 'a drill' })).toBeUndefined();
  });
});

test.each([
  ['the bill runs away', 'the bill runs away'],
  [' the bill\n runs away. ', 'the bill runs away'],
  ['', 'its reason was not given'],
  [' . ', 'its reason was not given'],
  ['x'.repeat(400), `${'x'.repeat(299)}…`],
])('of the reason %j it says %j', (reason, said) => {
  expect(stopOf({ active: 'true', reason })?.reason).toBe(said);
});

test('its messages say why, and how it is released', () => {
  const stop = stopOf({ active: 'true', reason: 'a drill' }) ?? expect.unreachable();
  expect(stoppedMessage(stop)).toBe('Stopped by the emergency stop: a drill.');
  expect(heldMessage(stop)).toBe(
    'Held by the emergency stop: a drill. It is released by data.active "false" in the ConfigMap ' +
      'rune-system/rune-emergency-stop, or by deleting that.',
  );
});

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
