import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun, RuneSuite } from '../../../crds/types.ts';
import { baselineOf } from './baseline.ts';
import { type Catalogue, frozenCells } from './cells.ts';
import { estimateOf, reservationsOf } from './cost.ts';
import { matrixOf } from './matrix.ts';
import { type NotFrozen, NotFrozenError, waitFor } from './not-frozen.ts';
import { packQuestions, type SecretContent, sha256 } from './question-secrets.ts';
import { type ConfigMaps, resolveQuestion } from './resolve-question.ts';

type RunStatus = NonNullable<RuneRun['status']>;

export type FreezeInput = {
  run: RuneRun;
  benchmark: RuneBenchmark | undefined;
  /** Whole suites of the run's namespace, by name. */
  suites: (name: string) => RuneSuite | undefined;
  configMaps: ConfigMaps;
  catalogue: Catalogue;
  /** All runs of the namespace: one of them is the baseline, and they tell what jobs use. */
  runs: readonly RuneRun[];
};

export type Frozen = {
  kind: 'frozen';
  frozen: FrozenRun;
  secrets: SecretContent[];
  /** Absent when nothing can be said of the cost. */
  estimate?: NonNullable<RunStatus['estimate']>;
};

export type FreezeResult = Frozen | ({ kind: 'not frozen'; startDeadlineSeconds: number } & NotFrozen);

/** That of a RuneJob, for as long as nobody knows the benchmark. */
const START_DEADLINE_SECONDS = 3600;

/** All that a run needs to be started, by what benchmark, suites, agents and backends say now. Pure. */
export function freeze(input: FreezeInput): FreezeResult {
  try {
    return { kind: 'frozen', ...frozenContent(input) };
  } catch (error) {
    if (error instanceof NotFrozenError) {
      const { startDeadlineSeconds = START_DEADLINE_SECONDS } = input.benchmark?.spec.jobTemplate ?? {};
      return { kind: 'not frozen', startDeadlineSeconds, ...error.why };
    }
    throw error;
  }
}

function frozenContent({ run, benchmark, suites, configMaps, catalogue, runs }: FreezeInput): Omit<Frozen, 'kind'> {
  if (benchmark === undefined) return benchmarkNotFound(run);
  const matrix = matrixOf(run, benchmark, suites);
  const { questions, trials } = matrix;
  const cells = frozenCells(matrix, benchmark, catalogue);
  const resolved = questions.map((asked) => ({ asked, question: resolveQuestion(asked, configMaps) }));
  const packed = packQuestions(run.metadata.name ?? '', resolved);
  const baseline = baselineOf(benchmark, runs);
  const asked = { benchmark, cells, questions: resolved.map(({ question }) => question), trials };
  const estimate = estimateOf(asked, runs, catalogue);
  const reservations = reservationsOf(benchmark, estimate);
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
  };
  if (estimate === undefined) return { frozen, secrets: packed.secrets };
  const { jobMicroUSDByCell: _byCell, ...told } = estimate;
  return { frozen, secrets: packed.secrets, estimate: told };
}

/** sha256 of all that decides on the results of a run; two runs with the same one differ by chance and time alone. */
export function contentSHA256({ cells, questions, trials, jobTemplate }: FrozenRun): string {
  const { activeDeadlineSeconds, budget, pod } = jobTemplate;
  const asked = questions.map(({ id, sha256: content, timeoutSeconds }) => ({ id, content, timeoutSeconds }));
  return sha256(
    withoutUndefined({
      cells: cells.map(({ agent, model, agentImage }) => ({ agent, model, agentImage })),
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

function benchmarkNotFound({ spec }: RuneRun): never {
  const message = `There is no RuneBenchmark "${spec.benchmarkRef.name}" in this namespace: create it, and the run goes on by itself.`;
  return waitFor(RUN_STARTED_REASON.benchmarkNotFound, message);
}
