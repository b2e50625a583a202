import type { QuestionCounts } from '../counts.ts';
import { random } from '../random.ts';

/** Draws of what cells could find, whose trials of one question are alike. The same for the same seed. */
export class Draws {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = random(seed);
  }

  /**
   * How likely questions are to pass, drawn from a beta distribution with the mean `rate`. `correlation` (0 to 1) is how
   * alike two trials of one question are, the intraclass correlation: 1 / (a + b + 1).
   */
  questions(count: number, rate: number, correlation: number): number[] {
    if (correlation === 0) return new Array<number>(count).fill(rate);
    const size = 1 / correlation - 1;
    return Array.from({ length: count }, () => this.#beta(rate * size, (1 - rate) * size));
  }

  passes(chance: number, trials: number): number {
    let passed = 0;
    for (let trial = 0; trial < trials; trial++) if (this.next() < chance) passed++;
    return passed;
  }

  counts(chances: readonly number[], trials: number): QuestionCounts[] {
    return chances.map((chance) => ({ n: trials, passed: this.passes(chance, trials), dropped: 0 }));
  }

  /**
   * The same as `counts` of `questions`, faster: how many trials of a question pass is drawn at once, from the beta-binomial
   * distribution.
   */
  clusters(count: number, trials: number, rate: number, correlation: number): QuestionCounts[] {
    const shares = betaBinomial(trials, rate, correlation);
    return Array.from({ length: count }, () => ({ n: trials, passed: this.#pick(shares), dropped: 0 }));
  }

  #pick(shares: readonly number[]): number {
    let rest = this.next();
    const place = shares.findIndex((share) => {
      rest -= share;
      return rest < 0;
    });
    return place < 0 ? shares.length - 1 : place;
  }

  /** Case characters of a cell; `missing` is how likely a case has no measurement, whatever it would have been. */
  cases(chances: readonly number[], trials: number, missing = 0): string {
    const one = (chance: number) => (this.next() < missing ? 'I' : this.next() < chance ? 'P' : 'F');
    return chances.map((chance) => Array.from({ length: trials }, () => one(chance)).join('')).join('');
  }

  #beta(a: number, b: number): number {
    const [x, y] = [this.#gamma(a), this.#gamma(b)];
    return x + y === 0 ? this.passes(a / (a + b), 1) : x / (x + y);
  }

  /** G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", 2000. */
  #gamma(shape: number): number {
    if (shape < 1) return this.#gamma(shape + 1) * this.next() ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.#normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}

/** How likely 0, 1, ... of the trials of a question pass: J. G. Skellam, JRSS B 10 (1948) 257-261. */
function betaBinomial(trials: number, rate: number, correlation: number): number[] {
  const size = 1 / correlation - 1;
  const rising = (from: number, factors: number) =>
    Array.from({ length: factors }, (_, factor) => from + factor).reduce((product, one) => product * one, 1);
  let ways = 1;
  return Array.from({ length: trials + 1 }, (_, passed) => {
    if (passed > 0) ways *= (trials - passed + 1) / passed;
    if (correlation === 0) return ways * rate ** passed * (1 - rate) ** (trials - passed);
    const chance = rising(rate * size, passed) * rising((1 - rate) * size, trials - passed);
    return (ways * chance) / rising(size, trials);
  });
}
