import type { QuestionCounts } from './counts.ts';

/** The share of questions that passed in some trials and not in others, of those with at least two measured trials; undefined when there are none. */
export function flakiness(questions: readonly QuestionCounts[]): number | undefined {
  const repeated = questions.filter(({ n }) => n >= 2);
  if (repeated.length === 0) return undefined;
  return repeated.filter(({ n, passed }) => passed > 0 && passed < n).length / repeated.length;
}
