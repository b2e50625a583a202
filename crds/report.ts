import type { Outcome } from './names.ts';
import type { RuneJob } from './types.ts';

type Status = NonNullable<RuneJob['status']>;

/**
 * What the runner reports at its end, as the JSON of its container's termination message. The order of the fields is
 * fixed, so that what identifies the outcome comes first. The whole is at most {@link MAX_REPORT_BYTES}.
 */
export type Report = {
  v: 1;
  /** uid and attempt of the job that this report is about; a report about another one is refused. */
  uid: string;
  attempt: number;
  outcome: Outcome;
  /** What happened, in one word: one of {@link REPORT_REASON}. */
  reason: ReportReason;
  /** What happened, in a sentence that tells what to do; empty when the outcome says it all. */
  message: string;
  /** Whether another attempt may help. False, for example, for a refused key. */
  retryable: boolean;
  /** From the backend's Retry-After. */
  retryAfterSeconds?: number;
  scorePermille?: number;
  /** One character an entry of `expect`, in their order: `1` met, `0` not. */
  scores?: string;
  usage: NonNullable<Status['usage']>;
  costMicroUSD?: number;
  /** RFC 3339 with milliseconds, by the runner's clock. */
  startTime: string;
  timings: {
    agentStartMilliseconds?: number;
    fixturesMilliseconds?: number;
    firstCallMilliseconds?: number;
    firstTokenMilliseconds?: number;
    agentMilliseconds?: number;
    scoringMilliseconds?: number;
  };
  events: NonNullable<Status['events']>;
  provenance: {
    runnerVersion: string;
    servedModel?: string;
    questionSHA256?: string;
    agentVersion?: string;
    driver?: string;
  };
  /** Whether the fixtures are gone; absent where there were none. `left`: with the Pod, garbage collection takes them away. */
  fixtures?: 'removed' | 'left';
  findings?: NonNullable<Status['findings']>;
  artifacts?: NonNullable<Status['artifacts']>;
  /** Artifacts that did not fit. */
  artifactsOmitted?: number;
  /** Whether result, answer, events and artifacts lie in S3, and where; absent when the namespace has no Secret `rune-s3`. */
  archive?: Archive;
  /** Last, since its excerpt shrinks until the whole fits. */
  answer?: NonNullable<Status['answer']>;
};

/** `reason` is that of the condition Archived: `Archived`, or what went wrong in one word, with a sentence in `message`. */
export type Archive = { reason: ArchiveReason; message?: string; uri?: string; sha256?: string };

/** How long a runner tries to archive an attempt, beyond all other deadlines. */
export const ARCHIVE_SECONDS = 60;

export const ARCHIVE_REASON = [
  'Archived',
  'BadConfiguration',
  'AccessDenied',
  'BucketNotFound',
  'Unreachable',
  'ServerError',
  'TimedOut',
  'UploadFailed',
] as const;
export type ArchiveReason = (typeof ARCHIVE_REASON)[number];

export const REPORT_REASON = [
  'Scored',
  'NotScored',
  'EmptyAnswer',
  'BadOption',
  'PromptTooLong',
  'AgentFailed',
  'AgentGaveUp',
  'AgentNotReady',
  'AgentRestarted',
  'AgentOutOfMemory',
  'AgentOutputTooLarge',
  'AgentProtocol',
  'AgentUnequipped',
  'ArtifactsTooLarge',
  'FixturesFailed',
  'FixturesTimedOut',
  'DeadlineExceeded',
  'RateLimited',
  'ServerError',
  'Unreachable',
  'TimedOut',
  'StreamCut',
  'BadResponse',
  'KeyRefused',
  'ModelNotFound',
  'RequestRefused',
  'BudgetSpent',
  'OtherModel',
  'ScorerFailed',
  'Terminated',
  'BadJob',
  'RunnerFailed',
] as const;
export type ReportReason = (typeof REPORT_REASON)[number];

/** The kubelet keeps the last 4,096 bytes of a termination message; a longer one would lose its beginning. */
export const MAX_REPORT_BYTES = 3900;
