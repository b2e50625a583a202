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
  const questions = ofTags(questionsOf(spec, suites), overrides.tags);
  const trials = overrides.trials ?? spec.trials;
  refuseDuplicates(questions);
  if (questions.length === 0) {
    const message = 'No question is left: look at the tags of suiteRefs and of the overrides.';
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

function questionsOf(
  { suiteRefs = [], questions = [] }: RuneBenchmark['spec'],
  suites: (name: string) => RuneSuite | undefined,
): SuiteQuestion[] {
  const ofSuites = suiteRefs.flatMap(({ name, tags }) => {
    const suite = suites(name);
    if (suite === undefined) {
      const message = `There is no RuneSuite "${name}" in this namespace: create it, and the run goes on by itself.`;
      return waitFor(RUN_STARTED_REASON.suiteNotFound, message);
    }
    return ofTags(suite.spec.questions, tags);
  });
  return [...ofSuites, ...questions];
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

function refuseDuplicates(questions: readonly SuiteQuestion[]): void {
  const seen = new Set<string>();
  for (const { id } of questions) {
    if (seen.has(id)) {
      const message = `The id "${id}" stands in more than one suite of the benchmark, or in a suite and its own questions: give each question an id of its own.`;
      refuse(RUN_STARTED_REASON.duplicateQuestion, message);
    }
    seen.add(id);
  }
}

function refuseTooLarge(agents: number, models: number, questions: number, trials: number): void {
  const jobs = agents * models * questions * trials;
  const product = `${agents} agents x ${models} models x ${questions} questions x ${trials} trials`;
  if (jobs > MOST_JOBS) {
    const message = `${product} are ${jobs} jobs, and a run has at most ${MOST_JOBS}: divide the benchmark, or override tags, agents, models or trials.`;
    refuse(RUN_STARTED_REASON.matrixTooLarge, message);
  }
  if (questions > MOST_QUESTIONS) {
    const message = `${questions} questions are more than the ${MOST_QUESTIONS} of a run: divide the benchmark, or choose questions by their tags.`;
    refuse(RUN_STARTED_REASON.matrixTooLarge, message);
  }
}
