import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signFlip } from './sign-flip.ts';

/** By the definition: all patterns of signs. */
function byDefinition(differences: readonly number[]): number {
  const sum = (signs: number) =>
    differences.reduce((total, one, place) => total + (signs & (1 << place) ? -one : one), 0);
  const patterns = Array.from({ length: 2 ** differences.length }, (_, signs) => sum(signs));
  return patterns.filter((one) => one <= sum(0)).length / patterns.length;
}

test('it counts what the definition says, ties and zeros included', () => {
  const differences = fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 10 });
  fc.assert(
    fc.property(differences, (some) => {
      expect(signFlip(some)).toBeCloseTo(byDefinition(some), 12);
    }),
  );
});

test('where all fall, it is the chance of as many coins', () => {
  expect(signFlip(new Array<number>(20).fill(-1))).toBe(2 ** -20);
  expect(signFlip(new Array<number>(500).fill(-3))).toBe(2 ** -500);
});

test('it is the sign test where all are of one size: half of 100 and ten more fell', () => {
  const differences = Array.from({ length: 100 }, (_, place) => (place < 60 ? -1 : 1));
  // scipy.stats.binomtest(40, 100, alternative="less").pvalue
  expect(signFlip(differences)).toBeCloseTo(0.02844396682049039, 12);
});

test('the order and the unit do not matter', () => {
  const differences = [-3, 2, -1, -1, 4, -5, -6, 0, 1];
  expect(signFlip(differences.toReversed())).toBeCloseTo(signFlip(differences), 14);
  expect(signFlip(differences.map((one) => one * 7))).toBeCloseTo(signFlip(differences), 14);
});

test('where the sums are too many to be counted, patterns are drawn: near the exact value, never 0, the same each time', () => {
  const differences = Array.from({ length: 40 }, (_, place) => (place % 3 === 0 ? 4 : -2) - (place % 5));
  const large = differences.map((one) => one * 10_000);
  expect(Math.abs(signFlip(large) - signFlip(differences))).toBeLessThan(0.005);
  expect(signFlip(large)).toBe(signFlip(large));
  const allFell = [...new Array<number>(60).fill(-30_000), 30_000];
  expect(signFlip(allFell)).toBe(1 / 10_001);
});

test('no difference is no fall', () => {
  expect(signFlip([])).toBe(1);
  expect(signFlip([0, 0])).toBe(1);
});
