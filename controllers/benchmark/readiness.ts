import type { RuneAgent, RuneBackend, RuneBenchmark, RuneSuite } from '../../crds/types.ts';
import { Schedule } from './schedule.ts';
import { ScheduleError } from './schedule-error.ts';

export type Catalogue = {
  suite: (name: string) => RuneSuite | undefined;
  agent: (name: string) => RuneAgent | undefined;
  backend: (name: string) => RuneBackend | undefined;
};

/** What keeps a benchmark from being run. */
export type NotReady = {
  reason: string;
  message: string;
  /** Only an edit helps; until then no run is made, since it would end at once. */
  isFinal: boolean;
};

export type Size = { cells: number; questions: number; jobs: number };

const MOST_JOBS = 10_000;
const MOST_QUESTIONS = 500;

/** What the benchmark asks, as far as its suites are there. */
export function sizeOf(benchmark: RuneBenchmark, catalogue: Pick<Catalogue, 'suite'>): Size {
  const { agents, models, trials } = benchmark.spec;
  const questions = questionsOf(benchmark, catalogue).length;
  const cells = agents.length * models.length;
  return { cells, questions, jobs: cells * questions * trials };
}

/** Ids of the questions, those that stand twice included. */
function questionsOf({ spec }: RuneBenchmark, { suite }: Pick<Catalogue, 'suite'>): string[] {
  const ofSuites = (spec.suiteRefs ?? []).flatMap(({ name, tags }) => {
    const questions = suite(name)?.spec.questions ?? [];
    return questions.filter((one) => tags === undefined || one.tags?.some((tag) => tags.includes(tag)));
  });
  return [...ofSuites, ...(spec.questions ?? [])].map(({ id }) => id);
}

/** The schedule, or why there is none. */
export function scheduleOf({ spec }: RuneBenchmark): Schedule | NotReady | undefined {
  if (spec.schedule === undefined) return undefined;
  try {
    return new Schedule(spec.schedule, spec.timeZone ?? 'Etc/UTC');
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return { reason: error.reason, message: error.message, isFinal: true };
  }
}

/** Undefined when a run could start now. */
export function notReady(
  benchmark: RuneBenchmark,
  schedule: Schedule | NotReady | undefined,
  catalogue: Catalogue,
  size: Size,
): NotReady | undefined {
  if (schedule !== undefined && !(schedule instanceof Schedule)) return schedule;
  return tooLarge(benchmark, size) ?? missing(benchmark, catalogue) ?? unusable(questionsOf(benchmark, catalogue));
}

function unusable(questions: readonly string[]): NotReady | undefined {
  if (questions.length === 0) {
    const message = 'No question is left: look at the tags of suiteRefs.';
    return { reason: 'NoQuestions', message, isFinal: true };
  }
  const twice = questions.find((id, index) => questions.indexOf(id) !== index);
  if (twice === undefined) return undefined;
  const message = `The id "${twice}" stands in more than one suite, or in a suite and the benchmark's own questions: give each question an id of its own.`;
  return { reason: 'DuplicateQuestion', message, isFinal: true };
}

function tooLarge({ spec }: RuneBenchmark, { jobs, questions, cells }: Size): NotReady | undefined {
  if (jobs > MOST_JOBS) {
    const message = `${cells} cells x ${questions} questions x ${spec.trials} trials are ${jobs} jobs, and a run has at most ${MOST_JOBS}: divide the benchmark, or choose questions by their tags.`;
    return { reason: 'MatrixTooLarge', message, isFinal: true };
  }
  if (questions <= MOST_QUESTIONS) return undefined;
  const message = `${questions} questions are more than the ${MOST_QUESTIONS} of a run: divide the benchmark, or choose questions by their tags.`;
  return { reason: 'MatrixTooLarge', message, isFinal: true };
}

function missing({ spec }: RuneBenchmark, { suite, agent, backend }: Catalogue): NotReady | undefined {
  const suites = (spec.suiteRefs ?? []).map(({ name }) => name).filter((name) => suite(name) === undefined);
  const agents = spec.agents.map(({ agentRef }) => agentRef.name).filter((name) => agent(name) === undefined);
  const backends = spec.models.map(({ backendRef }) => backendRef.name).filter((name) => backend(name) === undefined);
  return (
    absent('RuneSuite', 'SuiteNotFound', suites) ??
    absent('RuneAgent', 'AgentNotFound', agents) ??
    absent('RuneBackend', 'BackendNotFound', backends)
  );
}

function absent(kind: string, reason: string, [name]: readonly string[]): NotReady | undefined {
  if (name === undefined) return undefined;
  return { reason, message: `There is no ${kind} "${name}": create it, or correct the benchmark.`, isFinal: false };
}
