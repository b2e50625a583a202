import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byTurn, type Candidate } from './admission.ts';
import { Line } from './line.ts';

const candidates = fc.array(
  fc.record({
    uid: fc.integer({ min: 0, max: 9 }).map(String),
    name: fc.constantFrom('team/a', 'team/b', 'team/c', 'team/d'),
    priority: fc.integer({ min: 0, max: 2 }),
    createdAt: fc.nat(3),
    isGoing: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('those in line stand in the order of their turns, whatever came and went', () => {
  fc.assert(
    fc.property(candidates, (changes) => {
      const line = new Line<Candidate>();
      const expected = new Map<string, Candidate>();
      for (const { isGoing, ...candidate } of changes) {
        const one = { ...candidate, backend: 'team/one' };
        if (isGoing) {
          line.remove(one.uid);
          expected.delete(one.uid);
        } else {
          line.put(one);
          expected.set(one.uid, one);
        }
        const inOrder = [...line];
        expect(inOrder).toEqual(inOrder.toSorted(byTurn));
        expect(new Set(inOrder)).toEqual(new Set(expected.values()));
        expect(line.get(one.uid)).toBe(expected.get(one.uid));
      }
    }),
  );
});
