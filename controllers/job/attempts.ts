import { CONDITION, STARTED_REASON } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { type BackoffLimits, nextAttemptTime } from './retry.ts';

export type Status = NonNullable<RuneJob['status']>;
export type Attempt = NonNullable<Status['attempts']>[number];
export type Condition = NonNullable<Status['conditions']>[number];

/** How many attempts a status lists; older ones are only counted. */
export const MAX_LISTED_ATTEMPTS = 16;

/** The attempt in progress: begun, its end not yet recorded. */
export function currentAttempt(job: RuneJob): Attempt | undefined {
  const last = lastAttempt(job);
  return last?.outcome === undefined ? last : undefined;
}

/**
 * The attempt in progress has no Pod and cannot have one now: it was refused, or what it needs is away. Such a job has
 * given its slot back, and waits in line again.
 */
export function isParked(job: RuneJob): boolean {
  const started = condition(job, CONDITION.started);
  return currentAttempt(job) !== undefined && started?.status === 'False' && PARKED.has(started.reason);
}

const PARKED: ReadonlySet<string> = new Set([
  STARTED_REASON.podRefused,
  STARTED_REASON.podNameTaken,
  STARTED_REASON.agentNotFound,
  STARTED_REASON.agentNotCallable,
  STARTED_REASON.backendNotFound,
  STARTED_REASON.backendNotReady,
  STARTED_REASON.backendBusy,
  STARTED_REASON.runnerLimitReached,
  STARTED_REASON.fixturesInUse,
]);

export function lastAttempt(job: RuneJob): Attempt | undefined {
  return job.status?.attempts?.at(-1);
}

/** Names are deterministic, so that two operators that create the same attempt's Pod collide instead of running it twice. */
export function podName(jobName: string, attempt: number): string {
  return `${jobName}-${attempt}`;
}

/** Attempts with one more begun, oldest dropped above the bound. */
export function withBegun(attempts: readonly Attempt[], begun: Attempt): Attempt[] {
  return [...attempts, begun].slice(-MAX_LISTED_ATTEMPTS);
}

/** Attempts with the last one replaced. */
export function withLast(attempts: readonly Attempt[], last: Attempt): Attempt[] {
  return [...attempts.slice(0, -1), last];
}

export function condition(job: RuneJob, type: string): Condition | undefined {
  return job.status?.conditions?.find((one) => one.type === type);
}

export function isFinished(job: RuneJob): boolean {
  return condition(job, CONDITION.finished)?.status === 'True';
}

/** The agent was seen to be asked in the attempt in progress. */
export function isStarted(job: RuneJob): boolean {
  return condition(job, CONDITION.started)?.status === 'True';
}

/** A suspension or an emergency stop stands recorded, whatever `spec.suspend` says by now. */
export function isSuspended(job: RuneJob): boolean {
  return condition(job, CONDITION.suspended)?.status === 'True';
}

/** An emergency stop stands recorded: an attempt in progress ends with it, whatever becomes of the stop meanwhile. */
export function isStopped(job: RuneJob): boolean {
  return isSuspended(job) && condition(job, CONDITION.suspended)?.reason === STARTED_REASON.emergencyStop;
}

/**
 * When the wait for the next ask began, in milliseconds since the epoch: the latest of creation, resumption and the end
 * of the last attempt. Start deadline and queueing time count from here.
 */
export function waitingSince(job: RuneJob): number {
  const suspended = condition(job, CONDITION.suspended);
  const times = [
    Date.parse(job.metadata.creationTimestamp ?? ''),
    suspended?.status === 'False' ? Date.parse(suspended.lastTransitionTime) : 0,
    ...(job.status?.attempts ?? []).map((attempt) => Date.parse(attempt.completionTime ?? '')),
  ];
  return Math.max(...times.filter((time) => !Number.isNaN(time)), 0);
}

/**
 * When the start deadline passes, in milliseconds since the epoch; never while a suspension stands recorded. It counts
 * from the end of a backoff, so that it never takes a retry away.
 */
export function startDeadline(job: RuneJob, limits: BackoffLimits): number {
  if (isSuspended(job)) return Number.POSITIVE_INFINITY;
  return Math.max(waitingSince(job), nextAttemptTime(job, limits)) + job.spec.startDeadlineSeconds * 1000;
}
