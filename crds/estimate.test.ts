import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CellToEstimate, estimateRun } from './estimate.ts';
import { sampleDeviation } from './statistics/deviation.ts';
import { random } from './statistics/random.ts';
import type { UsageHistory } from './usage-history.ts';

const prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '10' };
const free = { inputPerMillionTokensUSD: '0', outputPerMillionTokensUSD: '0.000' };
const assumedUsage = { inputTokens: 100, outputTokens: 40 };

/** Jobs of 100 input and 40 output tokens, 500 millionths each. */
function history(jobs: number, more: Partial<UsageHistory> = {}): UsageHistory {
  return {
    jobs,
    inputTokens: 100 * jobs,
    outputTokens: 40 * jobs,
    cachedTokens: 0,
    inputDeviation: 0,
    outputDeviation: 0,
    maxInputTokens: 300,
    maxOutputTokens: 90,
    isOwn: true,
    ...more,
  };
}

describe('nothing can be said', () => {
  test.each<[string, CellToEstimate[]]>([
    ['without a price', [{ jobs: 10, assumedUsage }]],
    ['with nothing to go by', [{ jobs: 10, prices }]],
    [
      'where one cell of two has no price',
      [
        { jobs: 10, prices, assumedUsage },
        { jobs: 10, assumedUsage },
      ],
    ],
  ])('%s', (_, cells) => {
    expect(estimateRun(cells)).toBeUndefined();
  });
});

describe('one cell', () => {
  test('free of charge: nothing, for certain, whatever else is known', () => {
    expect(estimateRun([{ jobs: 10, prices: free, assumedUsage }])).toEqual({
      lowMicroUSD: 0,
      expectedMicroUSD: 0,
      highMicroUSD: 0,
      jobMicroUSD: 0,
      jobMicroUSDByCell: [0],
      confidence: 'High',
      basis: 'Free',
      jobs: 10,
    });
  });

  test('assumed: half to twice as much, and twice as much is reserved', () => {
    expect(estimateRun([{ jobs: 10, prices, assumedUsage }])).toEqual({
      lowMicroUSD: 2500,
      expectedMicroUSD: 5000,
      highMicroUSD: 10_000,
      jobMicroUSD: 1000,
      jobMicroUSDByCell: [1000],
      confidence: 'Low',
      basis: 'Assumed',
      jobs: 10,
    });
  });

  test('by the text of its questions: from an answer of nothing to the longest one', () => {
    const direct = { promptBytes: 600, maxOutputTokens: 50 };
    expect(estimateRun([{ jobs: 10, prices, direct }])).toMatchObject({
      lowMicroUSD: 10 * 100,
      expectedMicroUSD: 10 * 400,
      highMicroUSD: 10 * 700,
      jobMicroUSD: 700,
      confidence: 'Low',
      basis: 'Text',
    });
  });

  test('by earlier jobs: their mean, and what they differ by', () => {
    const reach = 1.7341 * 100 * Math.sqrt(36 + 36 ** 2 / 19); // scipy.stats.t.ppf(0.95, 18)
    const estimate = estimateRun([{ jobs: 36, prices, history: history(19, { outputDeviation: 10 }) }]);
    expect(estimate).toMatchObject({ expectedMicroUSD: 18_000, jobMicroUSD: 1200, basis: 'History' });
    expect(Math.abs((estimate?.lowMicroUSD ?? 0) - (18_000 - reach))).toBeLessThan(2);
    expect(Math.abs((estimate?.highMicroUSD ?? 0) - (18_000 + reach))).toBeLessThan(2);
  });

  test('cached tokens cost what they cost, and are not counted on for a reservation', () => {
    const cached = { ...prices, cachedInputPerMillionTokensUSD: '0.1' };
    const known = history(10, { cachedTokens: 800 });
    const estimate = estimateRun([{ jobs: 10, prices: cached, history: known }]);
    expect(estimate).toMatchObject({ expectedMicroUSD: 200 + 80 + 4000, jobMicroUSD: 1200 });
  });

  test('one earlier job is no more than an assumption', () => {
    expect(estimateRun([{ jobs: 4, prices, history: history(1) }])).toMatchObject({
      lowMicroUSD: 1000,
      expectedMicroUSD: 2000,
      highMicroUSD: 4000,
      jobMicroUSD: 2400,
      confidence: 'Low',
    });
  });

  test.each([
    [true, 30, 'High'],
    [true, 29, 'Medium'],
    [false, 30, 'Medium'],
    [false, 29, 'Low'],
  ])('of the same benchmark: %s, by %i earlier jobs: %s', (isOwn, jobs, confidence) => {
    expect(estimateRun([{ jobs: 4, prices, history: history(jobs, { isOwn }) }])?.confidence).toBe(confidence);
  });

  test('a budget of each job is what is reserved, whatever is expected', () => {
    const cell = { jobs: 10, prices, jobBudgetMicroUSD: 20_000 };
    expect(estimateRun([{ ...cell, assumedUsage }])).toMatchObject({ expectedMicroUSD: 5000, jobMicroUSD: 20_000 });
  });

  test('earlier jobs count before assumptions, and these before the text', () => {
    const direct = { promptBytes: 600, maxOutputTokens: 50 };
    expect(estimateRun([{ jobs: 1, prices, assumedUsage, direct }])?.basis).toBe('Assumed');
    expect(estimateRun([{ jobs: 1, prices, assumedUsage, direct, history: history(5) }])?.basis).toBe('History');
  });
});

describe('several cells', () => {
  test('are no surer than the weakest of them', () => {
    const cells = [
      { jobs: 10, prices, history: history(50) },
      { jobs: 10, prices: free },
      { jobs: 5, prices, assumedUsage },
    ];
    expect(estimateRun(cells)).toMatchObject({
      expectedMicroUSD: 7500,
      jobMicroUSD: 1200,
      jobMicroUSDByCell: [1200, 0, 1000],
      basis: 'Assumed',
      confidence: 'Low',
      jobs: 25,
    });
  });

  test('chances add as squares, assumptions as they are', () => {
    const chance = { jobs: 36, prices, history: history(40, { outputDeviation: 10 }) };
    const reach = (cells: CellToEstimate[]) => {
      const { expectedMicroUSD = 0, highMicroUSD = 0 } = estimateRun(cells) ?? {};
      return highMicroUSD - expectedMicroUSD;
    };
    expect(reach([chance, chance, chance, chance]) / reach([chance])).toBeCloseTo(2, 2);
    expect(reach([chance, { jobs: 10, prices, assumedUsage }])).toBe(reach([chance]) + 5000);
  });
});

test('amounts are whole, in order, and no less than nothing', () => {
  const count = fc.nat({ max: 1_000_000_000 });
  const past = fc.record({
    jobs: fc.integer({ min: 1, max: 10_000 }),
    inputTokens: count,
    outputTokens: count,
    cachedTokens: count,
    inputDeviation: count,
    outputDeviation: count,
    maxInputTokens: count,
    maxOutputTokens: count,
    isOwn: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), past, (jobs, before) => {
      const estimate = estimateRun([{ jobs, prices, history: before }]);
      const { lowMicroUSD = -1, expectedMicroUSD = -1, highMicroUSD = -1, jobMicroUSD = -1 } = estimate ?? {};
      for (const amount of [lowMicroUSD, expectedMicroUSD, highMicroUSD, jobMicroUSD]) {
        expect(Number.isSafeInteger(amount)).toBe(true);
      }
      expect(lowMicroUSD).toBeGreaterThanOrEqual(0);
      expect(expectedMicroUSD).toBeGreaterThanOrEqual(lowMicroUSD);
      expect(highMicroUSD).toBeGreaterThanOrEqual(expectedMicroUSD);
    }),
  );
});

// Sums of normal tokens, so that the formula's assumption holds; 4,000 rounds put ± 0.8 points around 90 % (95 %).
test.each([2, 5, 18, 60])('after %i jobs, 90 % of runs of 36 jobs cost what the interval says', (earlier) => {
  const draw = random(earlier);
  const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const tokens = (jobs: number) =>
    Array.from({ length: jobs }, () => Math.max(0, Math.round(50_000 + 9000 * normal())));
  const sum = (values: number[]) => values.reduce((total, one) => total + one, 0);
  let covered = 0;
  for (let round = 0; round < 4000; round++) {
    const before = tokens(earlier);
    const usage = { inputTokens: 0, outputTokens: sum(before), outputDeviation: Math.ceil(sampleDeviation(before)) };
    const estimate = estimateRun([{ jobs: 36, prices, history: history(earlier, usage) }]);
    const cost = sum(tokens(36)) * 10;
    if (cost >= (estimate?.lowMicroUSD ?? 0) && cost <= (estimate?.highMicroUSD ?? 0)) covered++;
  }
  expect(Math.abs(covered / 4000 - 0.9)).toBeLessThan(0.015);
});
