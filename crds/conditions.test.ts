import { describe, expect, it } from 'vitest';
import {
  type Condition,
  findCondition,
  isTrue,
  MAX_CONDITION_MESSAGE,
  removeCondition,
  setCondition,
} from './conditions.ts';

const condition = (type: string, status: Condition['status'], lastTransitionTime = 'then'): Condition => ({
  type,
  status,
  reason: 'Because',
  message: 'text',
  observedGeneration: 1,
  lastTransitionTime,
});
const wanted = (type: string, status: Condition['status'], reason = 'Because') => ({
  type,
  status,
  reason,
  message: 'text',
  observedGeneration: 2,
});

describe('setCondition', () => {
  it('adds a new one at the end', () => {
    const set = setCondition([condition('A', 'True')], wanted('B', 'False'), 'now');
    expect(set.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ['A', 'then'],
      ['B', 'now'],
    ]);
  });

  it.each<[string, Condition['status'], string, string]>([
    ['keeps the time while the status stays, also for another reason', 'True', 'Other', 'then'],
    ['takes the new time when the status changes', 'False', 'Because', 'now'],
    ['takes the new time when the status becomes unknown', 'Unknown', 'Because', 'now'],
  ])('%s', (_, status, reason, time) => {
    const before = [condition('A', 'True'), condition('B', 'True')];
    const set = setCondition(before, wanted('A', status, reason), 'now');
    expect(set[0]).toEqual({ ...wanted('A', status, reason), lastTransitionTime: time });
    expect(set[1]).toBe(before[1]);
    expect(before[0]?.status).toBe('True');
  });

  it('shortens a message that the schema would refuse, by characters as people count them', () => {
    const [set] = setCondition([], { ...wanted('A', 'True'), message: '🦊'.repeat(2_000) }, 'now');
    expect([...(set?.message ?? '')]).toHaveLength(MAX_CONDITION_MESSAGE);
    expect(set?.message.endsWith('🦊…')).toBe(true);
  });
});

describe('the others', () => {
  it('find, judge and remove by type', () => {
    const conditions = [condition('A', 'True'), condition('B', 'Unknown')];
    expect(findCondition(conditions, 'B')).toBe(conditions[1]);
    expect(findCondition(undefined, 'B')).toBeUndefined();
    expect([isTrue(conditions, 'A'), isTrue(conditions, 'B'), isTrue(conditions, 'C')]).toEqual([true, false, false]);
    expect(removeCondition(conditions, 'A')).toEqual([conditions[1]]);
  });
});
