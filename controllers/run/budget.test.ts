import { describe, expect, test } from 'vitest';
import { random } from '../../crds/statistics/random.ts';
import { chargeOfDeleted, fits, spentByJob } from './budget.ts';

describe('one more job fits', () => {
  const budget = { maxMicroUSD: 1000, spentMicroUSD: 500, reservedMicroUSD: 300 };
  test.each([
    [200, true],
    [201, false],
    [0, true],
  ])('with a reservation of %i: %s', (reservation, expected) => {
    expect(fits(budget, reservation)).toBe(expected);
  });

  test('not even for nothing, once more was spent than may be', () => {
    expect(fits({ ...budget, spentMicroUSD: 701 }, 0)).toBe(false);
  });
});

test('an attempt that ended without telling what it cost is charged what was reserved for it', () => {
  expect(spentByJob({ lostAttempts: 0 }, 100)).toBe(0);
  expect(spentByJob({ costMicroUSD: 30, lostAttempts: 0 }, 100)).toBe(30);
  expect(spentByJob({ costMicroUSD: 30, lostAttempts: 2 }, 100)).toBe(230);
});

test('a deleted job is charged at least what was reserved for it', () => {
  expect(chargeOfDeleted(30, 100)).toBe(100);
  expect(chargeOfDeleted(130, 100)).toBe(130);
});

test('in 1,000 random runs the spend is above the budget by no more than the stated bound', () => {
  let overspent = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    const run = new ModelRun(seed);
    run.live();
    expect(run.spent, `seed ${seed}`).toBeLessThanOrEqual(run.max + run.beyond);
    if (run.costsAtMostItsReservation) expect(run.spent, `seed ${seed}`).toBeLessThanOrEqual(run.max);
    if (run.spent > run.max) overspent++;
  }
  // Else the bound was never put to the test.
  expect(overspent).toBeGreaterThan(100);
});

/** A job of the model: what it really cost, what its record tells, and what that counted as when the last job was started. */
type Job = { cost: number; told: number; lostAttempts: number; state: 'open' | 'ended' | 'deleted'; counted: number };

/** No more of a run than its money: jobs that cost, fail, are made again and are deleted, and the rule that starts them. */
class ModelRun {
  readonly #draw: () => number;
  readonly #reservation: number;
  readonly #parallelism: number;
  readonly #jobs: Job[] = [];
  readonly costsAtMostItsReservation: boolean;
  readonly max: number;

  constructor(seed: number) {
    this.#draw = random(seed);
    this.#reservation = 1 + this.#upTo(1000);
    this.#parallelism = 1 + this.#upTo(10);
    this.max = this.#upTo(this.#reservation * 30);
    this.costsAtMostItsReservation = this.#draw() < 0.3;
  }

  live(): void {
    for (let step = 0; step < 300; step++) {
      this.#startJobs();
      const open = this.#jobs.filter(({ state }) => state === 'open');
      const job = open[this.#upTo(open.length)];
      if (job === undefined) return;
      this.#goOn(job);
      const any = this.#jobs[this.#upTo(this.#jobs.length)];
      if (any !== undefined && this.#draw() < 0.03) any.state = 'deleted';
    }
    for (const job of this.#jobs) if (job.state === 'open') job.state = 'ended';
  }

  get spent(): number {
    return this.#jobs.reduce((sum, { cost }) => sum + cost, 0);
  }

  /** What jobs cost beyond what was counted for them when the last one was started. */
  get beyond(): number {
    return this.#jobs.reduce((sum, { cost, counted }) => sum + Math.max(0, cost - counted), 0);
  }

  #startJobs(): void {
    while (this.#jobs.filter(({ state }) => state === 'open').length < this.#parallelism && this.#fits()) {
      this.#jobs.push({ cost: 0, told: 0, lostAttempts: 0, state: 'open', counted: 0 });
      for (const job of this.#jobs) job.counted = this.#spentBy(job) + this.#reservedFor(job);
    }
  }

  #fits(): boolean {
    const sum = (of: (job: Job) => number) => this.#jobs.reduce((total, job) => total + of(job), 0);
    const spentMicroUSD = sum((job) => this.#spentBy(job));
    const reservedMicroUSD = sum((job) => this.#reservedFor(job));
    return fits({ maxMicroUSD: this.max, spentMicroUSD, reservedMicroUSD }, this.#reservation);
  }

  #spentBy({ told, lostAttempts, state }: Job): number {
    const known = spentByJob({ costMicroUSD: told, lostAttempts }, this.#reservation);
    return state === 'deleted' ? chargeOfDeleted(known, this.#reservation) : known;
  }

  #reservedFor({ state }: Job): number {
    return state === 'open' ? this.#reservation : 0;
  }

  /** An attempt ends, and tells what it cost or not; then the job ends or is retried. */
  #goOn(job: Job): void {
    const isWithin = this.costsAtMostItsReservation;
    const cost = this.#upTo(this.#reservation * (isWithin ? 1 : 2));
    job.cost += cost;
    if (this.#draw() < 0.1) job.lostAttempts++;
    else job.told += cost;
    if (isWithin || this.#draw() < 0.8) job.state = 'ended';
  }

  #upTo(limit: number): number {
    return Math.floor(this.#draw() * limit);
  }
}
