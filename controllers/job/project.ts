import type { RuneJob } from '../../crds/types.ts';

/**
 * What the operator's cache keeps of a RuneJob: all but `managedFields` and the texts of its question. Of `expect` the
 * names and the scorers stay, with empty values, so that scores can be named, and of `fixtures` that there are any; the
 * question itself is read when needed.
 */
export function projectJob(job: RuneJob): RuneJob {
  const { managedFields: _managedFields, ...metadata } = job.metadata;
  const { question, ...spec } = job.spec;
  if (question === undefined) return { ...job, metadata };
  const expect = (question.expect ?? []).map((entry) => ({
    ...(entry.name === undefined ? {} : { name: entry.name }),
    weight: entry.weight,
    [scorerOf(entry)]: {},
  }));
  const fixtures = question.fixtures && { manifests: [], timeoutSeconds: question.fixtures.timeoutSeconds };
  const { passMarkPermille } = question;
  const bare = { prompt: '', passMarkPermille, expect, ...(fixtures === undefined ? {} : { fixtures }) };
  return { ...job, metadata, spec: { ...spec, question: bare as typeof question } };
}

export type ScoredEntry = { name?: string; scorer: string };

/** The entries of `expect` by name and scorer, in their order; none for a question in a Secret, which the operator may not read. */
export function scoredEntries(job: RuneJob): ScoredEntry[] {
  return (job.spec.question?.expect ?? []).map((entry) => ({
    ...(entry.name === undefined ? {} : { name: entry.name }),
    scorer: scorerOf(entry),
  }));
}

type Entry = NonNullable<NonNullable<RuneJob['spec']['question']>['expect']>[number];

type Scorer = Exclude<keyof Entry, 'name' | 'weight'>;
const SCORERS = ['exact', 'contains', 'regex', 'number', 'jsonSchema', 'jsonPath', 'toolCalls'] as const;

function scorerOf(entry: Entry): Scorer {
  return SCORERS.find((scorer) => entry[scorer] !== undefined) ?? 'exact';
}
