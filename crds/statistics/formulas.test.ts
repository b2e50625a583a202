import { describe, expect, test } from 'vitest';
import { countsByQuestion } from './counts.ts';
import { sampleDeviation } from './deviation.ts';
import { flakiness } from './flakiness.ts';
import { holm } from './holm.ts';
import { passAll, passAny } from './pass-at-k.ts';
import { designEffect, effectiveTrials, passRate } from './pass-rate.ts';
import { quantile } from './quantile.ts';
import { random, shuffle } from './random.ts';
import { signFlip } from './sign-flip.ts';
// Made with scipy 1.x, numpy and statsmodels: proportion_confint(method="wilson"), quantile, std(ddof=1),
// multipletests(method="holm"), permutation_test(permutation_type="samples", alternative="less"); clusters: the variance of
// OLS(...).fit(cov_type="cluster"), from it trials as docs/adr/0012 has them, and proportion_confint of these; random: sfc32 and splitmix32,
// written again in Python.
import reference from './testdata/reference.json' with { type: 'json' };
import { wilson } from './wilson.ts';

describe('as independent implementations have it', () => {
  test.each(reference.wilson)('Wilson interval of $count of $n', ({ count, n, low, high }) => {
    const interval = wilson(count / n, n);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  test.each(reference.quantile)('quantile $p', ({ values, p, value }) => {
    expect(quantile(values, p)).toBeCloseTo(value, 9);
  });

  test.each(reference.deviation)('standard deviation', ({ values, value }) => {
    expect(sampleDeviation(values)).toBeCloseTo(value, 9);
  });

  test.each(reference.holm)('Holm of $p', ({ p, adjusted }) => {
    for (const [place, value] of holm(p).entries()) expect(value).toBeCloseTo(adjusted[place] ?? Number.NaN, 12);
  });

  test.each(reference.signFlip)('sign flips of $differences', ({ differences, scipy }) => {
    expect(signFlip(differences.map((one) => Math.round(one * 1000)))).toBeCloseTo(scipy, 12);
  });

  test.each(reference.passAtK)('pass^$k and pass@$k of $passed of $n', ({ n, passed, k, all, any }) => {
    expect(passAll([{ n, passed, dropped: 0 }], k)).toBeCloseTo(all, 12);
    expect(passAny([{ n, passed, dropped: 0 }], k)).toBeCloseTo(any, 12);
  });

  test.each(reference.random)('random numbers of seed $seed', ({ seed, words }) => {
    const next = random(seed);
    expect(words.map(() => next() * 2 ** 32)).toEqual(words);
  });

  test.each(reference.clusters)(
    'clusters $passed of $n',
    ({ n, passed, rate, designEffect: effect, trials, low, high }) => {
      const counts = n.map((some, place) => ({ n: some, passed: passed[place] ?? 0, dropped: 0 }));
      expect(designEffect(counts)).toBeCloseTo(effect, 9);
      expect(effectiveTrials(counts)).toBeCloseTo(trials, 9);
      const found = passRate(counts);
      expect(found?.rate).toBeCloseTo(rate, 12);
      expect(found?.low).toBeCloseTo(low, 9);
      expect(found?.high).toBeCloseTo(high, 9);
    },
  );
});

test('with one trial a question it is the interval of independent trials', () => {
  const counts = [1, 1, 0, 1, 0, 1, 1].map((passed) => ({ n: 1, passed, dropped: 0 }));
  expect(passRate(counts)).toEqual({ rate: 5 / 7, ...wilson(5 / 7, 7) });
});

test.each([
  ['all passed', 5, 1],
  ['none passed', 0, 0],
])('where %s, each question counts as one trial', (_name, passed, rate) => {
  const counts = Array.from({ length: 8 }, () => ({ n: 5, passed, dropped: 0 }));
  expect(passRate(counts)).toEqual({ rate, ...wilson(rate, 8) });
});

test('one question alone tells as much as one trial', () => {
  expect(passRate([{ n: 10, passed: 5, dropped: 0 }])).toEqual({ rate: 0.5, ...wilson(0.5, 1) });
});

test('nothing measured has no rate', () => {
  expect(passRate([])).toBeUndefined();
  expect(passRate([{ n: 0, passed: 0, dropped: 3 }])).toBeUndefined();
  expect(passAll([{ n: 1, passed: 1, dropped: 0 }], 2)).toBeUndefined();
  expect(flakiness([{ n: 1, passed: 1, dropped: 0 }])).toBeUndefined();
  expect(quantile([], 0.5)).toBeUndefined();
});

test('dropped trials count as failed at the lower end and as passed at the upper one', () => {
  const counts = [...Array(8).keys()].map(() => ({ n: 1, passed: 1, dropped: 0 }));
  const dropped = [...counts, { n: 0, passed: 0, dropped: 1 }, { n: 0, passed: 0, dropped: 1 }];
  expect(passRate(dropped)).toEqual({ rate: 1, low: wilson(0.8, 10).low, high: wilson(1, 10).high });
});

test('the case characters are counted by question', () => {
  expect(countsByQuestion('PPFETI.-oRCAA', 3)).toEqual([
    { n: 3, passed: 2, dropped: 0 },
    { n: 2, passed: 0, dropped: 1 },
    { n: 0, passed: 0, dropped: 1 },
    { n: 0, passed: 0, dropped: 1 },
    { n: 0, passed: 0, dropped: 0 },
  ]);
});

test('flakiness is of the questions with at least two trials', () => {
  const counts = countsByQuestion('PFPPFFPII', 3);
  expect(flakiness(counts)).toBe(1);
  expect(flakiness(countsByQuestion('PFPPPP', 3))).toBe(0.5);
});

test('random numbers are the same for the same seed, and evenly spread', () => {
  const draw = (seed: number) => Array.from({ length: 10_000 }, random(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const mean = draw(7).reduce((sum, one) => sum + one, 0) / 10_000;
  expect(mean).toBeCloseTo(0.5, 2);
  const counts = new Map<string, number>();
  const next = random(1);
  for (let round = 0; round < 6000; round++) {
    const order = shuffle(['a', 'b', 'c'], next).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
