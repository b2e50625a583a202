import { expect, test } from 'vitest';
import { changesOf } from './changes.ts';

test('changes are whole numbers of a common unit', () => {
  const changes = changesOf([
    { before: 'PF', now: 'FF' },
    { before: 'PPP', now: 'PFT' },
  ]);
  expect(changes).toEqual({ questions: 2, mean: expect.closeTo(-7 / 12, 12), units: [-3, -4], slack: 0 });
});

test('as many trials of the one as of the other are compared, the first that were measured; the mean is of all', () => {
  const changes = changesOf([
    { before: 'P', now: 'FPPP' },
    { before: 'IPRP', now: 'FIPP' },
  ]);
  expect(changes).toEqual({ questions: 2, mean: expect.closeTo((-1 / 4 - 1 / 3) / 2, 12), units: [-2, -1], slack: 0 });
});

test('a question that one of them did not measure does not count', () => {
  const changes = changesOf([
    { before: 'II', now: 'PP' },
    { before: 'PP', now: '..' },
  ]);
  expect(changes).toMatchObject({ questions: 0, units: [] });
});

test('where the common unit is too small, sums may be off by one for each question', () => {
  const primes = [13, 17, 19, 23, 29, 31, 37, 41];
  const { units, slack } = changesOf(
    primes.map((n) => ({ before: 'P'.repeat(n), now: 'P'.repeat(n - 1).concat('F') })),
  );
  const mean = primes.reduce((sum, n) => sum - 1 / n, 0) / primes.length;
  expect(units.reduce((sum, one) => sum + one, 0) / primes.length / 2 ** 30).toBeCloseTo(mean, 8);
  expect(slack).toBe(primes.length);
});
