import type { Expectation } from '../../crds/job-file.ts';
import { contains } from './contains.ts';
import type { Evidence } from './evidence.ts';
import { exact } from './exact.ts';
import { lastNumber } from './last-number.ts';
import { number } from './number.ts';
import { MAX_SEARCHED_LENGTH, regex } from './regex.ts';
import { isStructured, type StructuredResult, scoreStructured } from './structured.ts';
import { toolCalls } from './tool-calls.ts';

export type Score = {
  /** Weight of the entries met over the weight of all, rounded down to whole per mille. */
  permille: number;
  /** For each entry, in order, its scorer and whether the answer met it. */
  entries: { scorer: string; passed: boolean }[];
  /** What a reader of the score must know of how it came about; mostly empty. */
  remark: string;
};

/** Scores what came of a question against at least one entry. Rejects with an Error that says which entry cannot be used. */
export async function score(evidence: Evidence, expect: readonly Expectation[]): Promise<Score> {
  const structured = await scoreEach(evidence, expect);
  const answer = { ...evidence, lastNumber: once(() => lastNumber(evidence.answer)) };
  const results = expect.map((entry, index) => {
    try {
      return structured[index] ?? { met: isMet(answer, entry) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  });
  const entries = results.map((result, index) => {
    if ('error' in result) throw new Error(`expect[${index}]: ${result.error}`);
    return { scorer: scorerOf(expect[index]), passed: result.met };
  });
  return { permille: permille(expect, entries), entries, remark: remarks(evidence.answer, expect, results) };
}

function permille(expect: readonly Expectation[], entries: Score['entries']): number {
  const weights = expect.map((entry) => entry.weight ?? 1);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const met = weights.reduce((sum, weight, index) => (entries[index]?.passed ? sum + weight : sum), 0);
  return Math.floor((met * 1000) / all);
}

function remarks(answer: string, expect: readonly Expectation[], results: StructuredResult[]): string {
  const isCut = answer.length > MAX_SEARCHED_LENGTH && expect.some((entry) => entry.regex !== undefined);
  const cut = `Regular expressions searched only the first ${MAX_SEARCHED_LENGTH} characters of the answer.`;
  const own = results.map((result, index) =>
    'remark' in result ? `expect[${index}] ${result.remark} and counts as not met.` : '',
  );
  return [isCut ? cut : '', ...own].filter((one) => one !== '').join(' ');
}

function once<Value>(read: () => Value): () => Value {
  let known: { value: Value } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
}

/** The results of the entries that look into JSON, at their places. */
async function scoreEach(
  { answer, findings }: Evidence,
  expect: readonly Expectation[],
): Promise<(StructuredResult | undefined)[]> {
  const entries = expect.filter(isStructured);
  const results = await scoreStructured({ answer, findings, entries });
  return expect.map((entry) => (isStructured(entry) ? results.shift() : undefined));
}

/** What came of a question, with what is read from all of the answer at most once. */
type Material = Evidence & { lastNumber: () => string | undefined };

function isMet({ answer, ...material }: Material, entry: Expectation): boolean {
  if (entry.exact !== undefined) return exact(answer, entry.exact);
  if (entry.contains !== undefined) return contains(answer, entry.contains);
  if (entry.regex !== undefined) return regex(answer, entry.regex);
  if (entry.number !== undefined) return number(material.lastNumber(), entry.number);
  if (entry.toolCalls !== undefined) return toolCalls(material.toolCalls, entry.toolCalls);
  throw new Error(`none of ${SCORERS.join(', ')} is set`);
}

const SCORERS = ['exact', 'contains', 'regex', 'number', 'jsonSchema', 'jsonPath', 'toolCalls'] as const;

function scorerOf(entry: Expectation | undefined): string {
  return SCORERS.find((scorer) => entry?.[scorer] !== undefined) ?? '';
}
