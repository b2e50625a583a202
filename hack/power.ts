/** Prints how often a fall of 20 points is found, by simulation: the table of docs/guides/read-the-statistics.md. */
import { compareRuns } from '../crds/statistics/compare.ts';
import { Draws } from '../crds/statistics/testing/simulate.ts';

const ROUNDS = Number(process.argv[2] ?? 400);
const TRIALS = [1, 3, 5, 10];

console.log(`questions ${TRIALS.map((trials) => `${trials} trials`.padStart(10)).join('')}`);
for (const questions of [10, 20, 50, 100, 200]) {
  const cells = TRIALS.map((trials) => `${Math.round(100 * power(questions, trials))} %`.padStart(10));
  console.log(`${String(questions).padEnd(10)}${cells.join('')}`);
}

/** With a pass rate of 70 % before, and an intraclass correlation of 0.5. */
function power(questions: number, trials: number): number {
  const draws = new Draws(questions * 100 + trials);
  const asked = Array.from({ length: questions }, (_, place) => ({ id: `q${place}`, sha256: 'same' }));
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const chances = draws.questions(questions, 0.7, 0.5);
    const worse = chances.map((chance) => chance * (1 - 0.2 / 0.7));
    const run = (some: readonly number[]) => ({
      name: 'baseline',
      trials,
      questions: asked,
      cells: [{ agent: 'a', model: 'm', cases: draws.cases(some, trials) }],
    });
    if (compareRuns(run(chances), run(worse)).regressed.status === 'True') found++;
  }
  return found / ROUNDS;
}
