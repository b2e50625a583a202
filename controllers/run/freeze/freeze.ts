import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import { wrongPath } from '../../../crds/question-paths.ts';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import { baselineOf } from './baseline.ts';
import { type Catalogue, frozenCells } from './cells.ts';
import { estimateOf, reservationsOf } from './cost.ts';
import { type Matrix, matrixOf, type SuiteQuestion } from './matrix.ts';
import { type NotFrozen, NotFrozenError, refuse, waitFor } from './not-frozen.ts';
import { MOST_SECRET_BYTES, packQuestions, type SecretContent, sha256 } from './question-secrets.ts';
import { resolveQuestion, type Sources } from './resolve-question.ts';

/** Who asks, and for what. */
export type Asked = {
  run: RuneRun;
  benchmark: RuneBenchmark | undefined;
  /** Whole suites of the run's namespace, by name. */
  suites: (name: string) => RuneSuite | undefined;
};

export type FreezeInput = Asked & {
  sources: Sources;
  catalogue: Catalogue;
  /** All runs of the namespace: one of them is the baseline, and they tell what jobs use. */
  runs: readonly RuneRun[];
};

/** The content of a run, and the Secrets that are to be made for it; none when they are there already. */
export type Frozen = { kind: 'frozen'; frozen: FrozenRun; secrets: SecretContent[] };
export type FreezeResult = Frozen | ({ kind: 'not frozen'; startDeadlineSeconds: number } & NotFrozen);

/** That of a RuneJob, for as long as nobody knows the benchmark. */
const START_DEADLINE_SECONDS = 3600;

/** All that a run needs to be started, by what benchmark, suites, agents and backends say now. Pure. */
export function freeze(input: FreezeInput): FreezeResult {
  try {
    return { kind: 'frozen', ...frozenContent(input) };
  } catch (error) {
    return notFrozen(error, input.benchmark?.spec.jobTemplate);
  }
}

/** The answer to a run whose content cannot be frozen. Throws `error` when it says something else. */
export function notFrozen(
  error: unknown,
  { startDeadlineSeconds = START_DEADLINE_SECONDS }: Partial<FrozenRun['jobTemplate']> = {},
): Exclude<FreezeResult, Frozen> {
  if (error instanceof NotFrozenError) return { kind: 'not frozen', startDeadlineSeconds, ...error.why };
  throw error;
}

/** The questions that the run asks, as they are written. Throws a {@link NotFrozenError}. */
export function questionsOf(asked: Asked): SuiteQuestion[] {
  return whatToAsk(asked).matrix.questions;
}

function frozenContent(input: FreezeInput): Omit<Frozen, 'kind'> {
  const { run, sources, catalogue, runs } = input;
  const { benchmark, matrix } = whatToAsk(input);
  const { questions, trials } = matrix;
  const cells = frozenCells(matrix, benchmark, catalogue);
  const resolved = questions.map((asked) => ({ asked, question: resolveQuestion(asked, sources) }));
  const packed = packQuestions(run, resolved);
  const baseline = baselineOf(benchmark, runs);
  const asked = { benchmark, cells, questions: resolved.map(({ question }) => question), trials };
  const estimated = estimateOf(asked, runs, catalogue);
  const reservations = reservationsOf(benchmark, estimated);
  const { jobMicroUSDByCell: _byCell, ...estimate } = estimated ?? {};
  const { order, parallelism, budget, passCriteria, jobTemplate } = benchmark.spec;
  const { name = '', uid = '', generation = 0 } = benchmark.metadata;
  const frozen: FrozenRun = {
    v: 1,
    cells,
    questions: packed.questions,
    secrets: packed.secrets.map((secret) => secret.name),
    trials,
    seed: run.spec.seed ?? seedOf(run),
    order,
    parallelism,
    ...(budget === undefined ? {} : { budget }),
    ...(passCriteria === undefined ? {} : { passCriteria }),
    jobTemplate,
    benchmark: { name, uid, generation },
    ...(baseline && { baseline: { name: baseline.metadata.name ?? '', uid: baseline.metadata.uid ?? '' } }),
    ...(reservations === undefined ? {} : { reservations }),
    ...(estimated === undefined ? {} : { estimate }),
  };
  refuseTooLarge(frozen);
  return { frozen, secrets: packed.secrets };
}

function whatToAsk({ run, benchmark, suites }: Asked): { benchmark: RuneBenchmark; matrix: Matrix } {
  if (benchmark === undefined) {
    const message = `There is no RuneBenchmark "${run.spec.benchmarkRef.name}" in this namespace: create it, and the run goes on by itself.`;
    return waitFor(RUN_STARTED_REASON.benchmarkNotFound, message);
  }
  const matrix = matrixOf(run, benchmark, suites);
  const wrong = wrongPath(matrix.questions);
  if (wrong === undefined) return { benchmark, matrix };
  const message = `Question "${wrong.id}": ${wrong.problem}. Correct it, and create the run again.`;
  return refuse(RUN_STARTED_REASON.invalidContent, message);
}

/**
 * sha256 of all that decides on the results of a run, but for the servers behind its backends: two runs with the same one
 * differ by these, by chance and by time alone.
 */
export function contentSHA256({ cells, questions, trials, jobTemplate }: FrozenRun): string {
  const { activeDeadlineSeconds, budget, pod } = jobTemplate;
  const asked = questions.map(({ id, sha256: content, timeoutSeconds }) => ({ id, content, timeoutSeconds }));
  return sha256(
    withoutUndefined({
      cells: cells.map(({ agent, model, agentSHA256 }) => ({ agent, model, agentSHA256 })),
      questions: asked,
      trials,
      limits: { activeDeadlineSeconds, budget, pod },
    }),
  );
}

/** sha256 of the prices of all cells: what costs are computed with. */
export function pricesSHA256({ cells }: FrozenRun): string {
  return sha256(withoutUndefined(cells.map(({ model, prices }) => ({ model, prices }))));
}

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function seedOf({ metadata }: RuneRun): number {
  return Number.parseInt(sha256(metadata.uid ?? '').slice(0, 8), 16) & 0x7fffffff;
}

/** Options stand in each cell of their agent, so a benchmark that is stored may still freeze to more than can be. */
function refuseTooLarge(frozen: FrozenRun): void {
  if (Buffer.byteLength(JSON.stringify(frozen)) <= MOST_SECRET_BYTES) return;
  const message =
    'Agents with their options, models and jobTemplate are longer than 900 KiB when each cell has its own: shorten the options or divide the benchmark, and create the run again.';
  refuse(RUN_STARTED_REASON.invalidContent, message);
}
