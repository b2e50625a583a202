import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costMicroUSD, microUSD } from './money.ts';

test.each([
  ['0', 0],
  ['0.50', 500_000],
  ['5', 5_000_000],
  ['5.00', 5_000_000],
  ['0.000001', 1],
  ['0.1', 100_000],
  ['1.005', 1_005_000],
  ['007.5', 7_500_000],
  ['999999999.999999', 999_999_999_999_999],
])('%s US dollars', (decimal, expected) => {
  expect(microUSD(decimal)).toBe(expected);
});

test('every amount of the schema becomes an exact integer', () => {
  const digits = (maxLength: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength }).map((list) => list.join(''));
  fc.assert(
    fc.property(digits(9), fc.option(digits(6)), (whole, fraction) => {
      const amount = microUSD(fraction === null ? whole : `${whole}.${fraction}`);
      expect(Number.isSafeInteger(amount)).toBe(true);
      expect(amount).toBe(Number(whole + (fraction ?? '').padEnd(6, '0')));
    }),
  );
});

const prices = { inputPerMillionTokensUSD: '2.50', outputPerMillionTokensUSD: '10' };
const cheaperWhenCached = { ...prices, cachedInputPerMillionTokensUSD: '0.25' };
const free = { inputPerMillionTokensUSD: '0', outputPerMillionTokensUSD: '0' };

test.each([
  ['nothing used', [0, 0, 0], prices, 0],
  ['a million tokens each way', [1_000_000, 1_000_000, 0], prices, 12_500_000],
  ['cached input at the input price', [1_000_000, 0, 400_000], prices, 2_500_000],
  ['cached input at its own price', [1_000_000, 0, 400_000], cheaperWhenCached, 1_600_000],
  ['more cached tokens than there was input count as the input', [10, 0, 20], cheaperWhenCached, 3],
  ['a fraction of a millionth is rounded up', [1, 0, 0], prices, 3],
  ['rounded once, not per term', [1, 0, 0], { ...free, inputPerMillionTokensUSD: '0.000001' }, 1],
  ['a model that costs nothing', [123_456, 654_321, 0], free, 0],
] as const)('%s', (_, [inputTokens, outputTokens, cachedTokens], at, expected) => {
  expect(costMicroUSD({ inputTokens, outputTokens, cachedTokens }, at)).toBe(expected);
});

test('the cost never falls when more is used', () => {
  const tokens = fc.record({
    inputTokens: fc.nat({ max: 10_000_000 }),
    outputTokens: fc.nat({ max: 10_000_000 }),
    cachedTokens: fc.constant(0),
  });
  fc.assert(
    fc.property(tokens, fc.nat({ max: 1000 }), (used, more) => {
      const cost = costMicroUSD(used, prices);
      expect(costMicroUSD({ ...used, inputTokens: used.inputTokens + more }, prices)).toBeGreaterThanOrEqual(cost);
      expect(costMicroUSD({ ...used, outputTokens: used.outputTokens + more }, prices)).toBeGreaterThanOrEqual(cost);
    }),
  );
});
