import { describe, expect, test } from 'vitest';
import { type ComparableRun, compareRuns } from './compare.ts';
import type { QuestionCounts } from './counts.ts';
import { judgeCriteria } from './criteria.ts';
import { passRate } from './pass-rate.ts';
import { Draws } from './testing/simulate.ts';

describe('the 95 % interval covers the rate of the population in 95 % of runs, whose trials are alike', () => {
  const settings = [10, 20, 50, 100].flatMap((questions) =>
    [1, 2, 3, 5, 10].flatMap((trials) =>
      [0, 0.2, 0.5, 0.8].flatMap((correlation) =>
        [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95].map((rate) => ({ questions, trials, correlation, rate })),
      ),
    ),
  );
  const draws = new Draws(11);
  const covered = settings.map((setting) => ({ ...setting, coverage: coverage(setting, 250, draws) }));
  const mean = (some: typeof covered) => some.reduce((sum, one) => sum + one.coverage, 0) / some.length;

  test('over all settings', () => expect(Math.abs(mean(covered) - 0.95)).toBeLessThanOrEqual(0.01));

  test.each([10, 20, 50, 100])('of %i questions', (questions) => {
    const some = covered.filter((one) => one.questions === questions);
    expect(Math.abs(mean(some) - 0.95)).toBeLessThanOrEqual(0.01);
  });

  test.each([1, 2, 3, 5, 10])('of %i trials', (trials) => {
    const some = covered.filter((one) => one.trials === trials);
    expect(Math.abs(mean(some) - 0.95)).toBeLessThanOrEqual(0.012);
  });

  test('and in no setting much less, but for rates at the edge', () => {
    const worst = covered
      .filter(({ rate }) => rate >= 0.2 && rate <= 0.85)
      .toSorted((a, b) => a.coverage - b.coverage)[0];
    expect(worst?.coverage).toBeGreaterThan(0.88);
    expect(Math.min(...covered.map((one) => one.coverage))).toBeGreaterThan(0.82);
  });
});

test('runs that are no worse than their baseline are called worse in at most 5 % of 1,000', () => {
  const draws = new Draws(5);
  let called = 0;
  for (let pair = 0; pair < 1000; pair++) {
    const chances = [0.9, 0.6, 0.3].map((rate) => draws.questions(20, rate, 0.5));
    const [before, now] = [0.02, 0.05].map((missing) =>
      run(
        chances.map((some) => draws.cases(some, 3, missing)),
        3,
        20,
      ),
    );
    if (before && now && compareRuns(before, now).regressed.status === 'True') called++;
  }
  expect(called).toBeLessThanOrEqual(50);
});

test.each([
  // questions, trials, and how often a fall of 20 points is found; docs/guides/read-the-statistics.md states more.
  [20, 5, 0.5],
  [50, 3, 0.8],
  [100, 3, 0.95],
])('a fall of 20 points on %i questions with %i trials is found in at least %f', (questions, trials, least) => {
  const draws = new Draws(9);
  let found = 0;
  for (let pair = 0; pair < 200; pair++) {
    const chances = draws.questions(questions, 0.7, 0.5);
    // Each question falls by the same share of what it had.
    const worse = chances.map((chance) => chance * (1 - 0.2 / 0.7));
    const before = run([draws.cases(chances, trials)], trials, questions);
    if (compareRuns(before, run([draws.cases(worse, trials)], trials, questions)).regressed.status === 'True') found++;
  }
  expect(found / 200).toBeGreaterThanOrEqual(least);
});

describe('an agent that causes its own 429s gains nothing by it', () => {
  const questions = 40;
  const trials = 5;
  /** A trial that would fail drops out with this chance. */
  const dropout = 0.7;

  test('its interval begins no higher than if nothing had dropped out, and covers as often', () => {
    const draws = new Draws(13);
    let covered = 0;
    for (let round = 0; round < 1000; round++) {
      const whole = draws.counts(draws.questions(questions, 0.6, 0.4), trials);
      const counts = whole.map(({ passed }): QuestionCounts => {
        const dropped = draws.passes(dropout, trials - passed);
        return { n: trials - dropped, passed, dropped };
      });
      const [full, partial] = [passRate(whole), passRate(counts)];
      expect(partial?.low).toBeCloseTo(full?.low ?? Number.NaN, 12);
      if ((partial?.low ?? 1) <= 0.6 && 0.6 <= (partial?.high ?? 0)) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(940);
  });

  test('it neither meets criteria nor is called no worse', () => {
    const draws = new Draws(17);
    for (let round = 0; round < 200; round++) {
      const chances = draws.questions(questions, 0.9, 0.3);
      const before = run([draws.cases(chances, trials)], trials, questions);
      const cases = draws
        .cases(
          chances.map((chance) => chance * 0.5),
          trials,
        )
        .replaceAll('F', 'R');
      const now = run([cases], trials, questions);
      expect(compareRuns(before, now).regressed.status).not.toBe('False');
      const unmeasured = [...cases].filter((one) => one === 'R').length;
      const passed = cases.length - unmeasured;
      const verdict = judgeCriteria({
        criteria: { minPassPermille: 800, maxUnmeasuredPermille: 0 },
        trials,
        questions: now.questions,
        cells: [{ agent: 'a0', model: 'm', jobs: cases.length, measured: passed, passed, unmeasured, cases }],
        costMicroUSD: undefined,
        notWhole: undefined,
        newlyFailing: [],
      });
      expect(verdict).toMatchObject({ status: 'False', reason: 'Incomplete' });
    }
  });
});

type Setting = { questions: number; trials: number; correlation: number; rate: number };

function coverage({ questions, trials, correlation, rate }: Setting, rounds: number, draws: Draws): number {
  let covered = 0;
  for (let round = 0; round < rounds; round++) {
    const { low = 1, high = 0 } = passRate(draws.counts(draws.questions(questions, rate, correlation), trials)) ?? {};
    if (low <= rate && rate <= high) covered++;
  }
  return covered / rounds;
}

function run(cells: readonly string[], trials: number, questions: number): ComparableRun {
  return {
    name: 'baseline',
    trials,
    questions: Array.from({ length: questions }, (_, place) => ({ id: `q${place}`, sha256: 'same' })),
    cells: cells.map((cases, place) => ({ agent: `a${place}`, model: 'm', cases })),
  };
}
