/** Prints how often the 95 % interval of a pass rate holds the true one, by simulation: see docs/adr/0012. */
import { type Coverage, coverage, meanOf, settings } from '../crds/statistics/testing/coverage.ts';
import { Draws } from '../crds/statistics/testing/simulate.ts';

const ROUNDS = Number(process.argv[2] ?? 4000);
const DIMENSIONS = ['questions', 'trials', 'correlation', 'rate'] as const;

const draws = new Draws(1);
const all = settings().map((setting) => coverage(setting, ROUNDS, draws));

console.log(`${all.length} settings, ${ROUNDS} rounds each: ${percent(meanOf(all))} of what should be 95.0 %`);
for (const dimension of DIMENSIONS) {
  const groups = Map.groupBy(all, (one) => one[dimension]);
  const shown = [...groups]
    .sort(([left], [right]) => left - right)
    .map(([value, some]) => `${value}: ${percent(meanOf(some))}`);
  console.log(`${dimension.padEnd(12)}${shown.join('  ')}`);
}
console.log(
  `begins above the true rate: ${percent(meanOf(all, 'above'))}; ends below it: ${percent(meanOf(all, 'below'))}`,
);
console.log('the lowest:');
for (const one of all.toSorted((a, b) => a.covered - b.covered).slice(0, 5))
  console.log(`  ${percent(one.covered)} ${told(one)}`);

function told(one: Coverage): string {
  return DIMENSIONS.map((dimension) => `${dimension} ${one[dimension]}`).join(', ');
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
