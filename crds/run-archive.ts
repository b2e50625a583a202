import type { ArchiveReason } from './report.ts';
import type { RuneRun } from './types.ts';

/** What the Pod that archives a run is told: the JSON of its annotation `bench.rune.ai/run-archive`. */
export type RunArchiveFile = {
  v: 1;
  namespace: string;
  run: string;
  uid: string;
  trials: number;
  /** Ids of the questions, in the order of the cells' `cases`. */
  questions: string[];
  status: NonNullable<RuneRun['status']>;
};

/** The same, with its cases told apart. */
export type RunArchive = Pick<RunArchiveFile, 'namespace' | 'run' | 'uid' | 'status'> & {
  cases: { job: string; agent: string; model: string; question: string; trial: number; outcome: string }[];
};

/** Its termination message. */
export type RunArchiveReport = {
  v: 1;
  uid: string;
  reason: ArchiveReason;
  message?: string;
  uri?: string;
  sha256?: string;
  lines?: number;
};
