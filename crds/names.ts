/** The words that every part of RUNE shares: group, kinds, labels, annotations, finalizers, conditions, reasons, outcomes. */

export const GROUP = 'bench.rune.ai';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export type Resource = { kind: string; plural: string; namespaced: boolean };

export const RUNE_JOB: Resource = { kind: 'RuneJob', plural: 'runejobs', namespaced: true };
export const RUNE_RUN: Resource = { kind: 'RuneRun', plural: 'runeruns', namespaced: true };
export const RUNE_BENCHMARK: Resource = { kind: 'RuneBenchmark', plural: 'runebenchmarks', namespaced: true };
export const RUNE_SUITE: Resource = { kind: 'RuneSuite', plural: 'runesuites', namespaced: true };
export const RUNE_AGENT: Resource = { kind: 'RuneAgent', plural: 'runeagents', namespaced: false };
export const RUNE_BACKEND: Resource = { kind: 'RuneBackend', plural: 'runebackends', namespaced: true };

/** Labels of runner Pods and of what a run makes. Values are names of our objects, uids and integers, never names of models. */
export const LABEL = {
  jobUid: `${GROUP}/job-uid`,
  attempt: `${GROUP}/attempt`,
  /** Name of the RuneBenchmark; on RuneRuns, RuneJobs and their Pods. */
  benchmark: `${GROUP}/benchmark`,
  /** Name of the RuneRun; on RuneJobs, their Pods, and what else a run owns. */
  run: `${GROUP}/run`,
  /** uid of the RuneRun; on what a run owns, so that all of it can be deleted by one selector. */
  runUid: `${GROUP}/run-uid`,
  /** On a RuneJob of a run: the cell's place in `status.cells`, the question's in `status.questions`, and the trial; from 0. */
  cell: `${GROUP}/cell`,
  case: `${GROUP}/case`,
  trial: `${GROUP}/trial`,
  /** uid of the RuneRun; on the Pod that archives it. */
  runArchive: `${GROUP}/run-archive`,
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
} as const;

/** On a runner Pod: the job as the runner needs it, see {@link ./job-file.ts}. */
export const ANNOTATION_JOB = `${GROUP}/job`;

/** On a RuneRun made by a change: `<generation>/<sha256>` of what of its RuneBenchmark it is for. */
export const ANNOTATION_CHANGE = `${GROUP}/change`;

/** On the Pod that archives a run: what it is told, see {@link ./run-archive.ts}. */
export const ANNOTATION_RUN_ARCHIVE = `${GROUP}/run-archive`;

/** On a runner Pod: the RuneBackend that it uses, so that it counts against the backend's limit even without its job. */
export const ANNOTATION_BACKEND = `${GROUP}/backend`;

/** Holds a runner Pod until its result is recorded in its RuneJob's status. */
export const FINALIZER_RESULT = `${GROUP}/result`;

export const SECRET_TYPE = {
  /** A backend's key. Only runner containers mount it. */
  apiKey: `${GROUP}/api-key`,
  /** Questions with their expected answers. The operator creates it and never reads it. */
  revision: `${GROUP}/revision`,
} as const;

export const RUNNER_CONTAINER = 'runner';
/** The native sidecar of a runner Pod that the agent lives in. */
export const AGENT_CONTAINER = 'agent';

/** On a runner Pod whose question has fixtures: `true`. One such Pod lives in a namespace at a time. */
export const ANNOTATION_FIXTURES = `${GROUP}/fixtures`;

/** Labels of a RuneJob that its Pods bear, too: Kueue admits the Pod by them. */
export const PASSED_LABELS = ['kueue.x-k8s.io/queue-name', 'kueue.x-k8s.io/priority-class'] as const;

/** Labels of a run's RuneJob that its Pods bear, too. */
export const RUN_LABELS = [LABEL.benchmark, LABEL.run, LABEL.runUid, LABEL.cell, LABEL.case, LABEL.trial] as const;

/** The ConfigMap in the operator's namespace that stops everything: `data.active` is "true", `data.reason` says why. */
export const EMERGENCY_STOP = 'rune-emergency-stop';

/**
 * How a RuneJob can end. `Passed` and `Failed` were scored, `Answered` had nothing to be scored against;
 * agent errors count as measurements; the rest are not the agent's doing and never count against it.
 */
export const OUTCOMES = [
  'Passed',
  'Failed',
  'Answered',
  'AgentError',
  'AgentTimeout',
  'BackendError',
  'Throttled',
  'InfraError',
  'ScorerError',
  'BudgetExceeded',
  'Cancelled',
  'Stopped',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A measurement exists: the condition `Succeeded` is True. */
export const MEASURED: ReadonlySet<Outcome> = new Set(['Passed', 'Failed', 'Answered', 'AgentError', 'AgentTimeout']);

/** Infrastructure trouble that a new attempt may not meet again. */
export const RETRIED: ReadonlySet<Outcome> = new Set(['BackendError', 'Throttled', 'InfraError']);

export const CONDITION = {
  /** RuneJob: the agent is being, or has been, asked. RuneRun: its content is frozen. False says why not yet. */
  started: 'Started',
  /** RuneJob, RuneRun: True at any end. */
  finished: 'Finished',
  /** RuneJob: a measurement exists. RuneRun: each cell was measured, and nothing cut the run short. */
  succeeded: 'Succeeded',
  /** RuneRun: it meets `passCriteria`, and no critical question fails. Unknown until it finished. */
  criteriaMet: 'CriteriaMet',
  /** RuneRun: worse than its baseline by more than chance explains. Unknown without a comparison. */
  regressed: 'Regressed',
  /** RuneRun: the budget ended it before all jobs were made. */
  budgetExceeded: 'BudgetExceeded',
  /** RuneJob, RuneRun: what they found lies in S3. */
  archived: 'Archived',
  /** RuneJob: `spec.suspend` or the emergency stop holds it. */
  suspended: 'Suspended',
  /** RuneJob: the agent's account could read expected answers. */
  expectedAnswersReadable: 'ExpectedAnswersReadable',
  /** RuneAgent: there is something to call. */
  callable: 'Callable',
  /** RuneBackend: each of `spec.models` is served. */
  modelsPresent: 'ModelsPresent',
  /** kstatus: the spec is accepted and in effect. */
  ready: 'Ready',
  /** kstatus, present only when true: work goes on. */
  reconciling: 'Reconciling',
  /** kstatus, present only when true: it ended without what was asked for. */
  stalled: 'Stalled',
} as const;

/** Reasons of RuneJob's `Started` condition. */
export const STARTED_REASON = {
  agentAsked: 'AgentAsked',
  agentNotFound: 'AgentNotFound',
  agentNotCallable: 'AgentNotCallable',
  backendNotFound: 'BackendNotFound',
  backendNotReady: 'BackendNotReady',
  backendBusy: 'BackendBusy',
  runnerLimitReached: 'RunnerLimitReached',
  fixturesInUse: 'FixturesInUse',
  serviceAccountRequired: 'ServiceAccountRequired',
  emergencyStop: 'EmergencyStop',
  suspended: 'Suspended',
  retryBackoff: 'RetryBackoff',
  podCreating: 'PodCreating',
  podRefused: 'PodRefused',
  podNameTaken: 'PodNameTaken',
  unschedulable: 'Unschedulable',
  imagePull: 'ImagePull',
  secretNotFound: 'SecretNotFound',
  volumeMount: 'VolumeMount',
  containerConfig: 'ContainerConfig',
  agentCrashed: 'AgentCrashed',
  startDeadlineExceeded: 'StartDeadlineExceeded',
  cancelled: 'Cancelled',
} as const;
export type StartedReason = (typeof STARTED_REASON)[keyof typeof STARTED_REASON];

/** Reasons of RuneRun's `Started` condition. */
export const RUN_STARTED_REASON = {
  frozen: 'Frozen',
  suspended: 'Suspended',
  emergencyStop: 'EmergencyStop',
  benchmarkNotFound: 'BenchmarkNotFound',
  suiteNotFound: 'SuiteNotFound',
  configMapNotFound: 'ConfigMapNotFound',
  agentNotFound: 'AgentNotFound',
  agentNotCallable: 'AgentNotCallable',
  backendNotFound: 'BackendNotFound',
  baselineNotFound: 'BaselineNotFound',
  contentRefused: 'ContentRefused',
  /** The rest is final: the run ends with it. */
  noQuestions: 'NoQuestions',
  matrixTooLarge: 'MatrixTooLarge',
  duplicateQuestion: 'DuplicateQuestion',
  overrideNotFound: 'OverrideNotFound',
  invalidContent: 'InvalidContent',
  serviceAccountRequired: 'ServiceAccountRequired',
  noEstimate: 'NoEstimate',
  budgetTooSmall: 'BudgetTooSmall',
  startDeadlineExceeded: 'StartDeadlineExceeded',
  cancelled: 'Cancelled',
} as const;
export type RunStartedReason = (typeof RUN_STARTED_REASON)[keyof typeof RUN_STARTED_REASON];

/** How a RuneRun can end: reasons of its condition `Finished`. */
export const RUN_OUTCOMES = [
  /** Every case was measured. */
  'Complete',
  /** Each cell was measured, but for some of its cases. */
  'PartlyMeasured',
  /** A cell has no measurement at all. */
  'Unmeasured',
  'BudgetExceeded',
  'Cancelled',
  'Stopped',
  /** What it froze was taken away, so that it could not go on. */
  'ContentLost',
  /** It never started: the reason of `Started` says why. */
  'NotStarted',
] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** Component label of what a run froze. */
export const FROZEN_COMPONENT = 'frozen-run';

/** The Secret that says where a namespace's results are archived; see docs/guides/archive.md for its keys. */
export const S3_SECRET = 'rune-s3';

/** Ports that two parts must agree on. */
export const PORT = { metrics: 9090, agent: 7411 } as const;
