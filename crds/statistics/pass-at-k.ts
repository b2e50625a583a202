import type { QuestionCounts } from './counts.ts';

/**
 * pass^k: how likely all of k trials of a question pass, averaged over the questions with at least k measured trials;
 * undefined when there are none. Unbiased: C(passed, k) / C(n, k). Source: S. Yao et al., "tau-bench", 2024, section 3.
 */
export function passAll(questions: readonly QuestionCounts[], k: number): number | undefined {
  return mean(questions, k, ({ n, passed }) => share(passed, n, k));
}

/**
 * pass@k: how likely at least one of k trials of a question passes, averaged likewise. Unbiased:
 * 1 - C(n - passed, k) / C(n, k). Source: M. Chen et al., "Evaluating large language models trained on code", 2021.
 */
export function passAny(questions: readonly QuestionCounts[], k: number): number | undefined {
  return mean(questions, k, ({ n, passed }) => 1 - share(n - passed, n, k));
}

/** C(some, k) / C(all, k), as a product that neither overflows nor cancels. */
function share(some: number, all: number, k: number): number {
  let product = 1;
  for (let drawn = 0; drawn < k; drawn++) product *= Math.max(0, some - drawn) / (all - drawn);
  return product;
}

function mean(
  questions: readonly QuestionCounts[],
  k: number,
  estimate: (question: QuestionCounts) => number,
): number | undefined {
  const enough = questions.filter(({ n }) => n >= k);
  if (enough.length === 0 || k < 1) return undefined;
  return enough.reduce((sum, question) => sum + estimate(question), 0) / enough.length;
}
