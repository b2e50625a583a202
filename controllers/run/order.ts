import { type Case, caseIndex, type Shape } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { random, shuffle } from '../../crds/statistics/random.ts';

/**
 * The numbers of all cases in the order in which their jobs are made; the same for the same seed. Interleaved: trial by
 * trial, questions in a random order, and for each question all cells side by side in a random order, so that whatever
 * changes over time meets all cells alike. Sequential: as cases are numbered. Pure.
 */
export function orderOf({ order, seed }: Pick<FrozenRun, 'order' | 'seed'>, shape: Shape): number[] {
  const { cells, questions, trials } = shape;
  if (order === 'Sequential') return Array.from({ length: cells * questions * trials }, (_, index) => index);
  const next = random(seed);
  const cases: Case[] = upTo(trials).flatMap((trial) =>
    shuffle(upTo(questions), next).flatMap((question) =>
      shuffle(upTo(cells), next).map((cell) => ({ cell, question, trial })),
    ),
  );
  return cases.map((one) => caseIndex(one, shape));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
