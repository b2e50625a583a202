import type { RuneAgent, RuneBackend, RuneJob } from './types.ts';

/**
 * What the runner is told of its job: the JSON of the Pod's annotation `bench.rune.ai/job`, read through a downward-API
 * volume. It holds no expected answer and no key; those are files that only the runner's container mounts.
 */
export type JobFile = {
  v: 1;
  namespace: string;
  name: string;
  uid: string;
  attempt: number;
  trial: number;
  /** Name of the RuneRun, for a job of one. */
  run?: string;
  /** Its uid, by which it is told from another run of that name. */
  runUid?: string;
  seed?: number;
  agent: {
    name: string;
    options: Record<string, unknown>;
    /** Exactly one of the two. */
    openai?: NonNullable<RuneAgent['spec']['openai']>;
    container?: Pick<NonNullable<RuneAgent['spec']['container']>, 'startTimeoutSeconds'> & {
      /** Of the memory limit, for messages; such as 1Gi. */
      memoryLimit?: string;
    };
  };
  model: { name: string; contextWindow?: number };
  backend: {
    name: string;
    type: 'openai' | 'ollama';
    /** `spec.openai.baseURL` (with the version) or `spec.ollama.url`, without a slash at its end. */
    url: string;
    /** Whether {@link RUNNER_FILE.apiKey} is mounted. */
    hasApiKey: boolean;
    requestTimeoutSeconds: number;
  };
  /** Absent when no price of the model is known. */
  prices?: Prices;
  budget?: RuneJob['spec']['budget'];
  activeDeadlineSeconds: number;
};

export type Prices = NonNullable<RuneBackend['spec']['prices']>;
export type Question = NonNullable<RuneJob['spec']['question']>;
export type Expectation = NonNullable<Question['expect']>[number];

/** Where the runner's container finds its files. */
export const RUNNER_FILE = {
  job: '/etc/rune/job/job.json',
  question: '/etc/rune/question/question.json',
  apiKey: '/etc/rune/api-key/key',
  /** Written once, at the end; see {@link ./report.ts}. */
  report: '/dev/termination-log',
  /** Only where there are fixtures: the uid of the Pod, which owns them. */
  podUid: '/etc/rune/job/pod-uid',
  /** What the agent leaves as artifacts; the agent writes, the runner reads. */
  artifacts: '/artifacts',
  /** Only where there are fixtures: token, ca.crt and namespace of the account that makes them. */
  account: '/var/run/secrets/kubernetes.io/serviceaccount',
  /** The keys of the Secret `rune-s3`, a file each; empty where the namespace has none. */
  s3: '/etc/rune/s3',
  /** Of the Pod that archives a run; see {@link ./run-archive.ts}. */
  run: '/etc/rune/run/run.json',
} as const;
