import type { Expectation } from '../../crds/job-file.ts';
import { contains } from './contains.ts';
import { exact } from './exact.ts';
import { number } from './number.ts';
import { regex } from './regex.ts';

export type Score = {
  /** Weight of the entries met over the weight of all, rounded down to whole per mille. */
  permille: number;
  /** For each entry, in order, its scorer and whether the answer met it. */
  entries: { scorer: string; passed: boolean }[];
};

/** Scores an answer against at least one entry. Throws an Error that says which entry cannot be run. */
export function score(answer: string, expect: readonly Expectation[]): Score {
  const entries = expect.map((entry, index) => {
    try {
      return scoreEntry(answer, entry);
    } catch (error) {
      throw new Error(`expect[${index}]: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
  return { permille: permille(expect, entries), entries };
}

function permille(expect: readonly Expectation[], entries: Score['entries']): number {
  const weights = expect.map((entry) => entry.weight ?? 1);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const met = weights.reduce((sum, weight, index) => (entries[index]?.passed ? sum + weight : sum), 0);
  return Math.floor((met * 1000) / all);
}

function scoreEntry(answer: string, entry: Expectation): Score['entries'][number] {
  if (entry.exact !== undefined) return { scorer: 'exact', passed: exact(answer, entry.exact) };
  if (entry.contains !== undefined) return { scorer: 'contains', passed: contains(answer, entry.contains) };
  if (entry.regex !== undefined) return { scorer: 'regex', passed: regex(answer, entry.regex) };
  if (entry.number !== undefined) return { scorer: 'number', passed: number(answer, entry.number) };
  throw new Error('none of exact, contains, regex and number is set');
}
