import { describe, expect, test } from 'vitest';
import { CASE, caseIndex, jobName } from '../../../crds/cases.ts';
import type { Outcome } from '../../../crds/names.ts';
import { countsByQuestion, total } from '../../../crds/statistics/counts.ts';
import { passAll } from '../../../crds/statistics/pass-at-k.ts';
import { passRate } from '../../../crds/statistics/pass-rate.ts';
import { random } from '../../../crds/statistics/random.ts';
import { shapeOf } from '../job-of-case.ts';
import { sampleFrozen, sampleRun } from './sample.ts';
import { type Ending, World } from './world.ts';

const frozen = sampleFrozen();
const shape = shapeOf(frozen);
const OUTCOMES: Outcome[] = [
  'Passed',
  'Passed',
  'Passed',
  'Failed',
  'AgentError',
  'AgentTimeout',
  'Throttled',
  'InfraError',
];

/** The same for the same case, whenever it is asked. */
function endingOf(at: { cell: number; question: number; trial: number }): Ending {
  const index = caseIndex(at, shape);
  const draw = random(index + 1);
  const outcome = OUTCOMES[Math.floor(draw() * OUTCOMES.length)] ?? 'Passed';
  return {
    outcome,
    costMicroUSD: 100 + index,
    milliseconds: 1000 + index * 10,
    ...(draw() < 0.1 ? { retries: [50] } : {}),
  };
}

const known = Array.from({ length: shape.cells }, (_, cell) =>
  Array.from({ length: shape.questions * shape.trials }, (_, place) => {
    const at = { cell, question: Math.floor(place / shape.trials), trial: place % shape.trials };
    return CASE[endingOf(at).outcome];
  }).join(''),
);
const seeds = Array.from({ length: 12 }, (_, seed) => seed + 1);

describe('2 x 2 x 10 x 5 with known answers', () => {
  test.each(seeds)(
    'gives exactly these numbers through kills at every write, lost answers and late caches (seed %i)',
    async (seed) => {
      const world = new World({ seed, run: sampleRun(frozen), frozen, endingOf, kill: 0.08, cut: 0.03 });
      await world.live();
      expect(world.kills).toBeGreaterThan(10);
      const { cells = [], jobs, costMicroUSD, conditions } = world.run.status ?? {};
      expect(cells.map(({ cases }) => cases)).toEqual(known);
      expect(jobs).toEqual({ total: 200, created: 200, finished: 200, deleted: 0 });
      expect([...world.made.values()].every((times) => times === 1)).toBe(true);
      expect(costMicroUSD).toBe(world.spent);
      expect(world.mostOpen).toBeLessThanOrEqual(frozen.parallelism);
      for (const [cell, found] of cells.entries()) {
        const counts = countsByQuestion(known[cell] ?? '', shape.trials);
        const { n, passed } = total(counts);
        const { rate = 0 } = passRate(counts) ?? {};
        const all = passAll(counts, shape.trials);
        expect(found).toMatchObject({ measured: n, passed, passPermille: Math.round(rate * 1000) });
        expect(found.passAllPermille).toBe(all === undefined ? undefined : Math.round(all * 1000));
      }
      expect(conditions?.find(({ type }) => type === 'Finished')).toMatchObject({
        status: 'True',
        reason: 'PartlyMeasured',
      });
    },
  );

  test.each(seeds)('counts jobs that are deleted as missing, once and for good (seed %i)', async (seed) => {
    const world = new World({ seed, run: sampleRun(frozen), frozen, endingOf, kill: 0.03, deletion: 0.02 });
    await world.live();
    const { cells = [], jobs } = world.run.status ?? {};
    expect(world.deleted.size).toBeGreaterThan(0);
    const cases = cells.map((cell) => cell.cases).join('');
    const expected = [...known.join('')];
    for (const [index, found] of [...cases].entries()) {
      const wasDeleted = world.deleted.has(jobName('nightly-1', index));
      if (found !== '-') expect(found).toBe(expected[index]);
      // One that was deleted before anybody had written down that it was made may be made again, and is then measured.
      if (found === '-') expect(wasDeleted).toBe(true);
      const times = world.made.get(jobName('nightly-1', index)) ?? 0;
      expect(times).toBeGreaterThanOrEqual(1);
      if (!wasDeleted) expect(times).toBe(1);
    }
    expect(jobs?.deleted).toBe([...cases].filter((one) => one === '-').length);
    const measured = [...cases].filter((one) => 'PFET'.includes(one)).length;
    expect(cells.reduce((sum, cell) => sum + cell.measured, 0)).toBe(measured);
  });

  test.each(seeds)('gives these numbers although jobs are refused now and then (seed %i)', async (seed) => {
    const world = new World({ seed, run: sampleRun(frozen), frozen, endingOf, kill: 0.01, refusal: 0.05 });
    await world.live();
    const { cells = [], jobs } = world.run.status ?? {};
    expect(cells.map(({ cases }) => cases)).toEqual(known);
    expect(jobs).toEqual({ total: 200, created: 200, finished: 200, deleted: 0 });
    expect([...world.made.values()].every((times) => times === 1)).toBe(true);
  });

  const deeds = seeds.flatMap((seed) => (['cancel', 'stop'] as const).map((kind) => ({ seed, kind })));
  test.each(deeds)('a $kind in the middle ends it with what was measured (seed $seed)', async ({ seed, kind }) => {
    const deed = { kind, afterJobs: seed * 12 };
    const world = new World({ seed, run: sampleRun(frozen), frozen, endingOf, kill: 0.05, cut: 0.03, deed });
    await world.live();
    const { cells = [], jobs, outcomes = {}, conditions } = world.run.status ?? {};
    const end = conditions?.find(({ type }) => type === 'Finished');
    expect(end?.reason).toBe(kind === 'cancel' ? 'Cancelled' : 'Stopped');
    const cases = cells.map((cell) => cell.cases).join('');
    const count = (characters: string) => [...cases].filter((one) => characters.includes(one)).length;
    // What was measured is as known, and counts agree with it.
    for (const [index, one] of [...cases].entries()) if (!'.CX'.includes(one)) expect(one).toBe(known.join('')[index]);
    expect(count('o')).toBe(0);
    expect(jobs).toMatchObject({ created: 200 - count('.'), finished: 200 - count('.'), deleted: 0 });
    for (const [outcome, found] of Object.entries(outcomes)) expect(found).toBe(count(CASE[outcome as Outcome]));
    expect(cells.reduce((sum, cell) => sum + cell.measured, 0)).toBe(count('PFET'));
    expect(world.made.size).toBe(200 - count('.'));
  });

  test('a slow backend is given no more than it serves and a little', async () => {
    const world = new World({ seed: 3, run: sampleRun(frozen), frozen, endingOf, maxConcurrentJobs: 1 });
    await world.live();
    expect(world.mostOpen).toBeLessThanOrEqual(3);
  });
});
