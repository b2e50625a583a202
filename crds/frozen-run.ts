import type { Prices } from './job-file.ts';
import type { RuneBenchmark, RuneRun } from './types.ts';

type BenchmarkSpec = RuneBenchmark['spec'];

/**
 * What a RuneRun asks, frozen at its start: `data` of an immutable ControllerRevision that the run owns. It holds all that
 * RuneJobs are made of but the questions themselves, which lie, with their expected answers, in Secrets of type
 * `bench.rune.ai/revision` that the operator creates and cannot read.
 */
export type FrozenRun = {
  v: 1;
  /** In the order of `status.cells`: the first agent with each model, then the second. */
  cells: FrozenCell[];
  /** In the order of `status.questions`. */
  questions: FrozenQuestion[];
  /** Names of the Secrets that hold the questions. */
  secrets: string[];
  trials: number;
  seed: number;
  order: BenchmarkSpec['order'];
  parallelism: number;
  budget?: BenchmarkSpec['budget'];
  passCriteria?: BenchmarkSpec['passCriteria'];
  jobTemplate: BenchmarkSpec['jobTemplate'];
  benchmark: { name: string; uid: string; generation: number };
  /** The run that this one will be compared with, chosen at the start. */
  baseline?: { name: string; uid: string };
  /** What is reserved for each job in progress, in millionths of a US dollar, by cell; absent without a budget. */
  reservations?: number[];
  /** Absent when nothing can be said of the cost. */
  estimate?: NonNullable<NonNullable<RuneRun['status']>['estimate']>;
};

export type FrozenCell = {
  agent: BenchmarkSpec['agents'][number];
  model: BenchmarkSpec['models'][number];
  /** metadata.generation of the RuneAgent and the RuneBackend at the start. */
  agentGeneration: number;
  backendGeneration: number;
  /** The first 12 hexadecimal digits of the sha256 of what of the RuneAgent decides on its answers. */
  agentSHA256: string;
  /** `spec.container.image` of the RuneAgent, where it has one. */
  agentImage?: string;
  /** Absent when no price of the model is known. */
  prices?: Prices;
};

/** As short as it can be: 500 of them must leave the object below 100 KB. */
export type FrozenQuestion = {
  id: string;
  /** The first 12 hexadecimal digits of the sha256 of its canonical JSON (RFC 8785), in the form that the runner gets. */
  sha256: string;
  /** The place in `secrets` of the Secret whose key `<id>.json` holds it. */
  secret: number;
  tags?: string[];
  critical?: true;
  /** There is nothing to score against. */
  unscored?: true;
  hasFixtures?: true;
  timeoutSeconds?: number;
};
