/** Prints how often a fall of 20 points is found, by simulation: the tables of docs/guides/read-the-statistics.md. */
import { compareRuns } from '../crds/statistics/compare.ts';
import { Draws } from '../crds/statistics/testing/simulate.ts';

const ROUNDS = Number(process.argv[2] ?? 1000);
const TRIALS = [1, 3, 5, 10];
const BEFORE = 0.7;
const FALL = 0.2;
const CORRELATION = 0.5;

for (const cells of [1, 8]) {
  console.log(
    `\n1 of ${cells} cells falls from ${BEFORE} to ${(BEFORE - FALL).toFixed(1)}, intraclass correlation ${CORRELATION}`,
  );
  console.log(`questions ${TRIALS.map((trials) => `${trials} trials`.padStart(10)).join('')}`);
  for (const questions of [10, 20, 50, 100, 200]) {
    const found = TRIALS.map((trials) => `${Math.round(100 * power(questions, trials, cells))} %`.padStart(10));
    console.log(`${String(questions).padEnd(10)}${found.join('')}`);
  }
}

/** Each question falls by the same share of what it had. The other cells stay as they are. */
function power(questions: number, trials: number, cells: number): number {
  const draws = new Draws(questions * 100 + trials);
  const asked = Array.from({ length: questions }, (_, place) => ({ id: `q${place}`, sha256: 'same' }));
  const others = new Array<string>(cells - 1).fill('P'.repeat(questions * trials));
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const chances = draws.questions(questions, BEFORE, CORRELATION);
    const worse = chances.map((chance) => chance * (1 - FALL / BEFORE));
    const run = (some: readonly number[]) => ({
      name: 'baseline',
      trials,
      questions: asked,
      cells: [draws.cases(some, trials), ...others].map((cases, place) => ({ agent: `a${place}`, model: 'm', cases })),
    });
    if (compareRuns(run(chances), run(worse)).regressed.status === 'True') found++;
  }
  return found / ROUNDS;
}
