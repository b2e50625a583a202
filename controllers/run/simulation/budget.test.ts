import { expect, test } from 'vitest';
import { random } from '../../../crds/statistics/random.ts';
import { sampleFrozen, sampleRun } from './sample.ts';
import { type Ending, World } from './world.ts';

/** The most that a job costs, its retries included, in millionths of a US dollar. */
type Money = { reservation: number; parallelism: number; max: number; most: number };

test('in 1,000 random runs the spend is never above the budget by more than the jobs in flight cost beyond their reservations', {
  timeout: 60_000,
}, async () => {
  let cutShort = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    const { world, money } = sampleWorld(seed);
    await world.live();
    const { reservation, parallelism, max, most } = money;
    const bound = max + parallelism * Math.max(0, most - reservation);
    expect(world.spent, `seed ${seed}`).toBeLessThanOrEqual(bound);
    const finished = world.run.status?.conditions?.find(({ type }) => type === 'Finished');
    if (finished?.reason === 'BudgetExceeded') {
      cutShort++;
      // Cut short only where the next job would not have fitted.
      expect((world.run.status?.costMicroUSD ?? 0) + reservation, `seed ${seed}`).toBeGreaterThan(max - reservation);
    }
    const cases = (world.run.status?.cells ?? []).map((cell) => cell.cases).join('');
    expect(cases).not.toContain('o');
  }
  expect(cutShort).toBeGreaterThan(200);
  expect(cutShort).toBeLessThan(950);
});

function sampleWorld(seed: number): { world: World; money: Money } {
  const draw = random(seed);
  const reservation = 100 + Math.floor(draw() * 900);
  const parallelism = 1 + Math.floor(draw() * 8);
  const max = Math.floor(reservation * (1 + draw() * 30));
  const overshoot = draw() < 0.5 ? 1 : 1 + draw() * 2;
  const most = Math.ceil(reservation * overshoot) * 3;
  const frozen = sampleFrozen(
    { agents: 2, models: 1, questions: 5, trials: 2 },
    { parallelism, budget: { maxCostUSD: (max / 1e6).toFixed(6) }, reservations: [reservation, reservation] },
  );
  const endingOf = (): Ending => {
    const cost = () => Math.floor(draw() * reservation * overshoot);
    const retries = draw() < 0.2 ? Array.from({ length: 1 + Math.floor(draw() * 2) }, cost) : undefined;
    return {
      outcome: draw() < 0.6 ? 'Passed' : 'Failed',
      costMicroUSD: cost(),
      ...(retries === undefined ? {} : { retries }),
    };
  };
  const world = new World({
    seed,
    run: sampleRun(frozen),
    frozen,
    endingOf,
    kill: 0.04,
    cut: 0.02,
    deletion: seed % 3 === 0 ? 0.01 : 0,
  });
  return { world, money: { reservation, parallelism, max, most } };
}
