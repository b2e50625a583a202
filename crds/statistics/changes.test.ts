import { expect, test } from 'vitest';
import { changesOf } from './changes.ts';

const counts = (passed: number, n: number) => ({ n, passed, dropped: 0 });

test('changes are whole numbers of the common denominator', () => {
  const changes = changesOf([
    { before: counts(1, 2), now: counts(1, 3) },
    { before: counts(2, 2), now: counts(3, 4) },
  ]);
  expect(changes).toEqual({ questions: 2, mean: -5 / 24, units: [-2, -3], slack: 0 });
});

test('a question that one of them did not measure does not count', () => {
  const changes = changesOf([
    { before: counts(0, 0), now: counts(1, 3) },
    { before: counts(1, 1), now: counts(0, 0) },
  ]);
  expect(changes).toMatchObject({ questions: 0, units: [] });
});

test('where the common denominator is too large, sums may be off by a unit for each question', () => {
  const primes = [13, 17, 19, 23, 29, 31, 37, 41];
  const { mean, units, slack } = changesOf(primes.map((n) => ({ before: counts(1, 1), now: counts(n - 1, n) })));
  expect(mean).toBeCloseTo(primes.reduce((sum, n) => sum - 1 / n, 0) / primes.length, 8);
  expect(Math.max(...units.map(Math.abs))).toBeLessThan(2 ** 30);
  expect(slack).toBe(primes.length);
});
