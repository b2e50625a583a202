import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import { refuse, waitFor } from './not-frozen.ts';

export type SuiteQuestion = RuneSuite['spec']['questions'][number];
type Agent = RuneBenchmark['spec']['agents'][number];
type Model = RuneBenchmark['spec']['models'][number];
export type Matrix = { cells: { agent: Agent; model: Model }[]; questions: SuiteQuestion[]; trials: number };

/** A run's jobs are at most so many, for its status and the API server's sake. */
const MOST_JOBS = 10_000;
const MOST_QUESTIONS = 500;

/**
 * What a run asks whom how often: the benchmark, or the part of it that the run's overrides name. Questions come in the
 * order of suiteRefs and within each suite in its own, those of the benchmark last.
 */
export function matrixOf(
  run: RuneRun,
  benchmark: RuneBenchmark,
  suites: (name: string) => RuneSuite | undefined,
): Matrix {
  const { overrides = {} } = run.spec;
  const { spec } = benchmark;
  const agents = chosen(spec.agents, overrides.agents, 'agents');
  const models = chosen(spec.models, overrides.models, 'models');
  const parts = partsOf(spec, suites);
  refuseDuplicates(parts);
  const questions = ofTags(
    parts.flatMap((part) => part.questions),
    overrides.tags,
  );
  const trials = overrides.trials ?? spec.trials;
  if (questions.length === 0) {
    const message =
      'No question has one of the tags that suiteRefs of the RuneBenchmark or the overrides of the run name: correct them, and create the run again.';
    refuse(RUN_STARTED_REASON.noQuestions, message);
  }
  const cells = agents.flatMap((agent) => models.map((model) => ({ agent, model })));
  refuseTooLarge(agents.length, models.length, questions.length, trials);
  return { cells, questions, trials };
}

/** Names of the suites that a benchmark asks for. */
export function suiteNames({ spec }: RuneBenchmark): string[] {
  return (spec.suiteRefs ?? []).map(({ name }) => name);
}

type Part = { /** Such as `RuneSuite "a"`. */ from: string; questions: SuiteQuestion[] };

function partsOf(
  { suiteRefs = [], questions = [] }: RuneBenchmark['spec'],
  suites: (name: string) => RuneSuite | undefined,
): Part[] {
  const ofSuites = suiteRefs.map(({ name, tags }) => {
    const suite = suites(name);
    if (suite === undefined) {
      const message = `There is no RuneSuite "${name}" in this namespace: create it, and the run goes on by itself.`;
      return waitFor(RUN_STARTED_REASON.suiteNotFound, message);
    }
    return { from: `RuneSuite "${name}"`, questions: ofTags(suite.spec.questions, tags) };
  });
  return [...ofSuites, { from: 'the RuneBenchmark itself', questions }];
}

function ofTags(questions: readonly SuiteQuestion[], tags: readonly string[] | undefined): SuiteQuestion[] {
  if (tags === undefined) return [...questions];
  return questions.filter((question) => question.tags?.some((tag) => tags.includes(tag)));
}

function chosen<T extends { name: string }>(all: readonly T[], names: string[] | undefined, field: string): T[] {
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    const message = `The field overrides.${field} names "${unknown}", which the benchmark does not have: create the run again with one of ${known}.`;
    refuse(RUN_STARTED_REASON.overrideNotFound, message);
  }
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

function refuseDuplicates(parts: readonly Part[]): void {
  const seen = new Map<string, string>();
  for (const { from, questions } of parts) {
    for (const { id } of questions) {
      const first = seen.get(id);
      if (first !== undefined) {
        const message = `Both ${first} and ${from} have a question "${id}": give each an id of its own, and create the run again.`;
        refuse(RUN_STARTED_REASON.duplicateQuestion, message);
      }
      seen.set(id, from);
    }
  }
}

function refuseTooLarge(agents: number, models: number, questions: number, trials: number): void {
  const jobs = agents * models * questions * trials;
  const product = [
    count(agents, 'agent'),
    count(models, 'model'),
    count(questions, 'question'),
    count(trials, 'trial'),
  ];
  if (jobs > MOST_JOBS) {
    const message = `The run would have ${jobs} jobs (${product.join(' x ')}), and a run has at most ${MOST_JOBS}: divide the benchmark, or create a run whose overrides ask for fewer.`;
    refuse(RUN_STARTED_REASON.matrixTooLarge, message);
  }
  if (questions > MOST_QUESTIONS) {
    const message = `The ${questions} questions are more than the ${MOST_QUESTIONS} that a run has at most: divide the benchmark, or create a run whose overrides name tags.`;
    refuse(RUN_STARTED_REASON.matrixTooLarge, message);
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
