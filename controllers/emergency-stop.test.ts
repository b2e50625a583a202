import { describe, expect, test } from 'vitest';
import { emergencyStop, heldMessage, stoppedMessage } from './emergency-stop.ts';

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
