import type { Expectation } from '../../crds/job-file.ts';
import { contains } from './contains.ts';
import { exact } from './exact.ts';
import { lastNumber } from './last-number.ts';
import { number } from './number.ts';
import { MAX_SEARCHED_LENGTH, regex } from './regex.ts';

export type Score = {
  /** Weight of the entries met over the weight of all, rounded down to whole per mille. */
  permille: number;
  /** For each entry, in order, its scorer and whether the answer met it. */
  entries: { scorer: string; passed: boolean }[];
  /** What a reader of the score must know of how it came about; mostly empty. */
  remark: string;
};

/** The answer, with what is read from all of it at most once. */
type Answer = { text: string; lastNumber: () => string | undefined };

/** Scores an answer against at least one entry. Throws an Error that says which entry cannot be run. */
export function score(text: string, expect: readonly Expectation[]): Score {
  const answer = { text, lastNumber: once(() => lastNumber(text)) };
  const entries = expect.map((entry, index) => {
    try {
      return scoreEntry(answer, entry);
    } catch (error) {
      throw new Error(`expect[${index}]: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
  return { permille: permille(expect, entries), entries, remark: remark(text, expect) };
}

function permille(expect: readonly Expectation[], entries: Score['entries']): number {
  const weights = expect.map((entry) => entry.weight ?? 1);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const met = weights.reduce((sum, weight, index) => (entries[index]?.passed ? sum + weight : sum), 0);
  return Math.floor((met * 1000) / all);
}

function remark(text: string, expect: readonly Expectation[]): string {
  const isCut = text.length > MAX_SEARCHED_LENGTH && expect.some((entry) => entry.regex !== undefined);
  return isCut ? `Regular expressions searched only the first ${MAX_SEARCHED_LENGTH} characters of the answer.` : '';
}

function once<Value>(read: () => Value): () => Value {
  let known: { value: Value } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
}

function scoreEntry(answer: Answer, entry: Expectation): Score['entries'][number] {
  if (entry.exact !== undefined) return { scorer: 'exact', passed: exact(answer.text, entry.exact) };
  if (entry.contains !== undefined) return { scorer: 'contains', passed: contains(answer.text, entry.contains) };
  if (entry.regex !== undefined) return { scorer: 'regex', passed: regex(answer.text, entry.regex) };
  if (entry.number !== undefined) return { scorer: 'number', passed: number(answer.lastNumber(), entry.number) };
  throw new Error('none of exact, contains, regex and number is set');
}
