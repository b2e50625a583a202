import { passRate } from '../pass-rate.ts';
import type { Draws } from './simulate.ts';

export type Setting = { questions: number; trials: number; correlation: number; rate: number };

/** Ratios of the rounds: the interval held the true rate, began above it, ended below it. */
export type Coverage = Setting & { covered: number; above: number; below: number };

/** What usual suites may look like. With one trial, nothing is correlated. */
export function settings(): Setting[] {
  return [10, 20, 50, 100, 200].flatMap((questions) =>
    [1, 3, 5, 10].flatMap((trials) =>
      (trials === 1 ? [0] : [0, 0.2, 0.4, 0.6, 0.8]).flatMap((correlation) =>
        [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95].map((rate) => ({ questions, trials, correlation, rate })),
      ),
    ),
  );
}

/** How often the 95 % interval holds the rate of the population that the questions are drawn from. */
export function coverage(setting: Setting, rounds: number, draws: Draws): Coverage {
  const { questions, trials, correlation, rate } = setting;
  let [above, below] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const { low = 0, high = 1 } = passRate(draws.clusters(questions, trials, rate, correlation)) ?? {};
    if (low > rate) above++;
    if (high < rate) below++;
  }
  return { ...setting, covered: (rounds - above - below) / rounds, above: above / rounds, below: below / rounds };
}

export function meanOf(some: readonly Coverage[], which: 'covered' | 'above' | 'below' = 'covered'): number {
  return some.reduce((sum, one) => sum + one[which], 0) / some.length;
}
