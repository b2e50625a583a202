import { findCondition, removeCondition, setCondition } from '../../crds/conditions.ts';
import { microUSD } from '../../crds/money.ts';
import { CONDITION, MEASURED, type Outcome, STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { shorten } from '../sentence.ts';
import type { AccountAccess } from './account-access.ts';
import type { AttemptEnd } from './attempt-end.ts';
import {
  type Attempt,
  type Condition,
  isStopped,
  isSuspended,
  podName,
  type Status,
  waitingSince,
  withBegun,
  withLast,
} from './attempts.ts';
import { scoredEntries } from './project.ts';

/** Ends that somebody has to mend; the others are either measurements or what was asked for. */
const STALLED: ReadonlySet<Outcome> = new Set(['BackendError', 'Throttled', 'InfraError', 'ScorerError']);

/** Nobody works on a job that somebody else has to let go. */
const HELD: ReadonlySet<string> = new Set([STARTED_REASON.suspended, STARTED_REASON.emergencyStop]);

/** The job waits; `reason` and `message` say for what. */
export function waiting(job: RuneJob, status: Status, reason: StartedReason, message: string, now: number): Status {
  const held = HELD.has(reason);
  const started = set(job, status, CONDITION.started, 'False', reason, message, now);
  return held ? unset(started, CONDITION.reconciling) : reconciling(job, started, reason, message, now);
}

/** The attempt's runner runs. */
export function running(job: RuneJob, status: Status, attempt: Attempt, now: number): Status {
  const message = `Attempt ${attempt.number} is under way in Pod ${attempt.podName}.`;
  const started = set(job, status, CONDITION.started, 'True', STARTED_REASON.agentAsked, message, now);
  return reconciling(job, started, STARTED_REASON.agentAsked, message, now);
}

/** An attempt is about to be made: recorded before its Pod is created, so that it is never made twice. */
export function begun(job: RuneJob, status: Status, load: number, now: number): Status {
  const number = (status.attempt ?? 0) + 1;
  const attempt = { number, podName: podName(job.metadata.name ?? '', number), startTime: time(now) };
  const recorded = {
    ...status,
    attempt: number,
    attempts: withBegun(status.attempts ?? [], attempt),
    timings: { queuedMilliseconds: Math.max(0, now - waitingSince(job)) },
    load,
  };
  return waiting(job, recorded, STARTED_REASON.podCreating, `The Pod ${attempt.podName} is being started.`, now);
}

/** The attempt in progress has ended. */
export function attemptEnded(job: RuneJob, status: Status, attempt: Attempt, end: AttemptEnd, now: number): Status {
  const cost = attemptCost(job, end);
  const recorded: Attempt = {
    ...attempt,
    completionTime: time(now),
    outcome: end.outcome,
    reason: shorten(end.reason, 63),
    message: shorten(end.message, 512),
    ...(end.report?.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: end.report.retryAfterSeconds }),
    ...(cost === undefined ? {} : { costMicroUSD: cost }),
  };
  const total = cost === undefined ? status.costMicroUSD : (status.costMicroUSD ?? 0) + cost;
  return {
    ...status,
    attempts: withLast(status.attempts ?? [], recorded),
    ...(total === undefined ? {} : { costMicroUSD: total }),
    ...(end.next === 'retry' ? { retries: (status.retries ?? 0) + 1 } : {}),
  };
}

/** What the last attempt measured. One that was asked and did not report leaves what it was made with. */
export function measured(
  job: RuneJob,
  status: Status,
  attempt: Attempt,
  end: AttemptEnd,
  generations: Generations,
): Status {
  const { report } = end;
  const images = {
    ...(end.imageID === undefined ? {} : { runnerImage: shorten(end.imageID, 512) }),
    ...(end.agentImageID === undefined ? {} : { agentImage: shorten(end.agentImageID, 512) }),
  };
  if (report === undefined) return end.hadStarted ? { ...status, provenance: { ...generations, ...images } } : status;
  const entries = scoredEntries(job);
  const scores = [...(report.scores ?? '')].flatMap((mark, index) => {
    const entry = entries[index];
    return entry === undefined ? [] : [{ ...entry, passed: mark === '1' }];
  });
  const starting = Math.max(0, Date.parse(report.startTime) - Date.parse(attempt.startTime));
  return {
    ...status,
    ...(report.scorePermille === undefined ? {} : { scorePermille: report.scorePermille }),
    ...(scores.length === 0 ? {} : { scores }),
    ...(report.answer === undefined ? {} : { answer: report.answer }),
    ...(report.findings === undefined ? {} : { findings: report.findings }),
    ...(report.artifacts === undefined ? {} : { artifacts: report.artifacts }),
    ...(report.artifactsOmitted === undefined ? {} : { artifactsOmitted: report.artifactsOmitted }),
    usage: report.usage,
    timings: {
      ...status.timings,
      ...(Number.isNaN(starting) ? {} : { startingMilliseconds: starting }),
      ...report.timings,
    },
    events: report.events,
    provenance: { ...generations, ...report.provenance, ...images },
  };
}

export type Generations = { agentGeneration?: number; backendGeneration?: number };

/** The job has come to its end. `wasAsked`: the agent was asked in its last attempt. */
export function finished(
  job: RuneJob,
  status: Status,
  end: { outcome: Outcome; reason: string; message: string; wasAsked: boolean },
  now: number,
): Status {
  const { outcome } = end;
  const message = end.message === '' ? plainMessage(outcome, status.scorePermille) : end.message;
  const isMeasured = MEASURED.has(outcome);
  let next: Status = {
    ...status,
    outcome,
    completionTime: time(now),
    observedGeneration: job.metadata.generation ?? 0,
  };
  if (end.wasAsked)
    next = set(job, next, CONDITION.started, 'True', STARTED_REASON.agentAsked, 'The agent was asked.', now);
  else next = set(job, next, CONDITION.started, 'False', notAskedReason(next, end), message, now);
  next = set(job, next, CONDITION.finished, 'True', outcome, message, now);
  next = set(job, next, CONDITION.succeeded, isMeasured ? 'True' : 'False', outcome, message, now);
  next = unset(next, CONDITION.reconciling);
  if (isSuspended({ ...job, status: next })) next = suspendedAtEnd(job, next, now);
  return STALLED.has(outcome) ? set(job, next, CONDITION.stalled, 'True', outcome, message, now) : next;
}

/** A change of the spec that comes after the end is seen and changes nothing; kstatus and `kubectl wait` look for that. */
export function observed(job: RuneJob): Status {
  const observedGeneration = job.metadata.generation ?? 0;
  const conditions = (job.status?.conditions ?? []).map((one) => ({ ...one, observedGeneration }));
  return { ...job.status, observedGeneration, conditions };
}

/** `spec.suspend` holds the job, or nothing holds it any more. */
export function suspended(job: RuneJob, status: Status, is: boolean, now: number): Status {
  const wasStopped = isStopped({ ...job, status });
  const resumed = wasStopped ? 'The emergency stop was released' : 'spec.suspend is false';
  const [reason, message] = is
    ? ['Suspended', 'spec.suspend is true: set it to false to let the job start.']
    : ['Resumed', `${resumed}; the start deadline counts from here.`];
  return set(job, status, CONDITION.suspended, is ? 'True' : 'False', reason, message, now);
}

/** The emergency stop holds the job, or ends its attempt; on record, so that a release meanwhile changes nothing. */
export function stopped(job: RuneJob, status: Status, message: string, now: number): Status {
  return set(job, status, CONDITION.suspended, 'True', STARTED_REASON.emergencyStop, message, now);
}

/** What has ended is held by nobody but by its own spec. */
function suspendedAtEnd(job: RuneJob, status: Status, now: number): Status {
  if (job.spec.suspend || !isStopped({ ...job, status })) return suspended(job, status, job.spec.suspend, now);
  return set(job, status, CONDITION.suspended, 'False', 'Finished', 'The job has ended: nothing is held.', now);
}

/** Whether the agent's account could read expected answers. */
export function answersReadable(job: RuneJob, status: Status, access: AccountAccess, now: number): Status {
  const { readable, reason, message } = access;
  return set(job, status, CONDITION.expectedAnswersReadable, readable, reason, message, now);
}

function notAskedReason(status: Status, end: { outcome: Outcome; reason: string }): string {
  if (end.outcome === 'Cancelled') return STARTED_REASON.cancelled;
  if (end.outcome === 'Stopped') return STARTED_REASON.emergencyStop;
  if (end.reason === STARTED_REASON.startDeadlineExceeded) return end.reason;
  const waited = findCondition(status.conditions, CONDITION.started)?.reason;
  return waited === undefined || waited === STARTED_REASON.podCreating ? shorten(end.reason, 63) : waited;
}

function plainMessage(outcome: Outcome, scorePermille: number | undefined): string {
  if (outcome === 'Passed') return `The answer passed with a score of ${scorePermille ?? 1000} of 1000.`;
  if (outcome === 'Failed') return `The answer did not pass: its score is ${scorePermille ?? 0} of 1000.`;
  if (outcome === 'Answered') return 'The agent answered; the question has nothing to score against.';
  return `The job ended with ${outcome}.`;
}

/** An attempt that may have used the model but did not report is charged all that it was allowed to spend. */
function attemptCost(job: RuneJob, end: AttemptEnd): number | undefined {
  if (end.report !== undefined) return end.report.costMicroUSD;
  const max = job.spec.budget?.maxCostUSD;
  return end.hadStarted && max !== undefined ? microUSD(max) : undefined;
}

function reconciling(job: RuneJob, status: Status, reason: string, message: string, now: number): Status {
  return set(job, status, CONDITION.reconciling, 'True', reason, message, now);
}

function set(
  job: RuneJob,
  status: Status,
  type: string,
  value: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Status {
  const observedGeneration = job.metadata.generation ?? 0;
  const wanted = { type, status: value, reason, message, observedGeneration };
  return { ...status, observedGeneration, conditions: setCondition(status.conditions ?? [], wanted, time(now)) };
}

function unset(status: Status, type: string): Status {
  return { ...status, conditions: removeCondition(status.conditions ?? [], type) };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
