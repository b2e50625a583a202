import { CONDITION, STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { type EmergencyStop, heldMessage, stoppedMessage } from '../emergency-stop.ts';
import type { AccountAccess } from './account-access.ts';
import type { Slot } from './admission.ts';
import { archived } from './archived.ts';
import { type AttemptEnd, attemptEnd, openUntil, startDeadlineMessage } from './attempt-end.ts';
import {
  type Attempt,
  condition,
  currentAttempt,
  isFinished,
  isParked,
  isStarted,
  isStopped,
  isSuspended,
  type Status,
  startDeadline,
} from './attempts.ts';
import { attemptOf, hasResultFinalizer } from './own-pod.ts';
import { runSeconds } from './pod-deadline.ts';
import { lostTime, type PodState, podState } from './pod-state.ts';
import { type NotReady, readiness } from './readiness.ts';
import type { Refusal } from './refusals.ts';
import { attemptExpiry, jobExpiry, leavesFixtures } from './retention.ts';
import { type BackoffLimits, nextAttemptTime } from './retry.ts';
import * as status from './status.ts';
import { STOP_GRACE_SECONDS, stoppedEnd } from './stopped.ts';
import { type Story, stories } from './stories.ts';

/** All that a decision rests on. Nothing else is looked at. */
export type Observed = {
  job: RuneJob;
  /** The job's own Pods, of all attempts. */
  pods: readonly Pod[];
  /** The Pod of the attempt in progress is not there: read from the API server, not concluded from the cache. */
  isPodAbsent: boolean;
  /** Why the Pod of the attempt in progress could not be created. */
  refusal?: Refusal;
  agent: RuneAgent | undefined;
  backend: RuneBackend | undefined;
  /** What a kubelet says in an Event of why the attempt's Pod does not start. */
  startTrouble: string | undefined;
  slot: Slot;
  /** The emergency stop that is in force. */
  stop: EmergencyStop | undefined;
  /** What the agent's account may do; for the first attempt of a job that names one. */
  access?: AccountAccess;
  settings: BackoffLimits & { podRetentionSeconds: number; podTerminationGraceSeconds: number };
};

/** What to do, in the order of the fields. */
export type Plan = {
  /** The status to write, before anything else is done. */
  status: Status;
  /** Create the question's Secret and the Pod of the attempt in progress. */
  createPod?: Attempt;
  /** Let go of the result finalizer: their attempts are recorded. */
  releasePods: readonly Pod[];
  /** Without a number a Pod has its own grace period. */
  deletePods: readonly { pod: Pod; gracePeriodSeconds?: number }[];
  deleteJob: boolean;
  stories: readonly Story[];
  requeueAfterMilliseconds?: number;
};

type Decision = Partial<Omit<Plan, 'status' | 'requeueAfterMilliseconds'>> & {
  status: Status;
  /** When to look again, in milliseconds since the epoch. */
  wakeTimes: readonly (number | undefined)[];
};

/** Decides the next step of a job. Pure: the same arguments give the same plan. `now`: milliseconds since the epoch. */
export function plan(observed: Observed, now: number): Plan {
  const { job } = observed;
  const { wakeTimes, deletePods = [], ...decision } = decide(observed, now);
  const past = recorded(observed.pods, decision.status);
  const disposals = past.map((pod) => disposal(pod, decision.status, observed.settings.podRetentionSeconds, now));
  const [due, later] = [disposals.filter(({ time }) => time <= now), disposals.filter(({ time }) => time > now)];
  const times = [...wakeTimes, ...later.map(({ time }) => time)];
  const wakeTime = Math.min(...times.filter((time) => time !== undefined));
  return {
    releasePods: past.filter(hasResultFinalizer),
    deletePods: [...due.map(({ pod, force }) => (force ? { pod, gracePeriodSeconds: 0 } : { pod })), ...deletePods],
    deleteJob: false,
    stories: stories(job, decision.status),
    ...decision,
    ...(Number.isFinite(wakeTime) ? { requeueAfterMilliseconds: Math.max(0, wakeTime - now) } : {}),
  };
}

function decide(observed: Observed, now: number): Decision {
  const { job } = observed;
  if (isFinished(job)) return afterFinish(job, now);
  // Somebody's finalizer may hold a deleted job for long: it comes to its end like any other.
  if (isDeleting(job) && !job.spec.cancel) {
    return decide({ ...observed, job: { ...job, spec: { ...job.spec, cancel: true } } }, now);
  }
  const attempt = currentAttempt(job);
  if (attempt === undefined) return betweenAttempts(observed, now);
  const pod = observed.pods.find((one) => attemptOf(one) === attempt.number);
  if (pod !== undefined) return withPod(observed, attempt, pod, now);
  return observed.isPodAbsent ? withoutPod(observed, attempt, now) : { status: job.status ?? {}, wakeTimes: [] };
}

/** Nothing is left but to tidy: the job goes after its TTL. */
function afterFinish(job: RuneJob, now: number): Decision {
  const jobTime = jobExpiry(job);
  return {
    status: status.observed(job),
    deleteJob: jobTime !== undefined && now >= jobTime && !isDeleting(job),
    wakeTimes: [jobTime !== undefined && now < jobTime ? jobTime : undefined],
  };
}

function betweenAttempts(observed: Observed, now: number): Decision {
  const { job, settings } = observed;
  const before = job.status ?? {};
  if (job.spec.cancel) return cancelled(job, before, now);
  if (observed.stop !== undefined) {
    const message = heldMessage(observed.stop);
    const held = status.stopped(job, before, message, now);
    return { status: status.waiting(job, held, STARTED_REASON.emergencyStop, message, now), wakeTimes: [] };
  }
  if (job.spec.suspend) {
    const held = status.suspended(job, before, true, now);
    const message = 'spec.suspend is true: set it to false to let the job start.';
    return { status: status.waiting(job, held, STARTED_REASON.suspended, message, now), wakeTimes: [] };
  }
  const current = isSuspended(job) ? { ...job, status: status.suspended(job, before, false, now) } : job;
  const from = current.status ?? {};
  const deadline = startDeadline(current, settings);
  if (now >= deadline) {
    const message = startDeadlineMessage(current);
    const end = {
      outcome: 'InfraError',
      reason: STARTED_REASON.startDeadlineExceeded,
      message,
      wasAsked: false,
    } as const;
    return { status: status.finished(current, from, end, now), wakeTimes: [] };
  }
  const backoffTime = nextAttemptTime(current, settings);
  const wait = waitReason(observed, backoffTime, now);
  if (wait !== undefined) {
    const next = status.waiting(current, from, wait.reason, wait.message, now);
    if (wait.isFinal) {
      const end = { outcome: 'InfraError', reason: wait.reason, message: wait.message, wasAsked: false } as const;
      return { status: status.finished(current, next, end, now), wakeTimes: [] };
    }
    return { status: next, wakeTimes: [deadline, now < backoffTime ? backoffTime : undefined] };
  }
  const load = observed.slot.isAdmitted ? observed.slot.load : 0;
  const begun = status.begun(current, from, load, now);
  const next = observed.access === undefined ? begun : status.answersReadable(job, begun, observed.access, now);
  const attempt = next.attempts?.at(-1);
  return { status: next, ...(attempt === undefined ? {} : { createPod: attempt }), wakeTimes: [deadline] };
}

function waitReason(observed: Observed, backoffTime: number, now: number): NotReady | undefined {
  const { job, agent, backend, slot } = observed;
  if (now < backoffTime) {
    return { reason: STARTED_REASON.retryBackoff, message: backoffMessage(job, backoffTime) };
  }
  const notReady = readiness(job, agent, backend);
  if (notReady !== undefined) return notReady;
  return slot.isAdmitted ? undefined : { reason: slot.reason, message: slot.message };
}

/** An attempt was recorded and its Pod is surely not there: not created yet, or taken away whole. */
function withoutPod(observed: Observed, attempt: Attempt, now: number): Decision {
  const { job, refusal, slot, agent, backend, settings } = observed;
  const isUncreated = condition(job, CONDITION.started)?.reason === STARTED_REASON.podCreating || isParked(job);
  if (isStarted(job) || !isUncreated) {
    return ended(observed, attempt, { reason: 'Deleted', detail: '', hadStarted: isStarted(job), lost: false }, now);
  }
  const deadline = startDeadline(job, settings);
  if (mustEnd(observed) || now >= deadline) {
    return ended(observed, attempt, { reason: 'NotCreated', detail: '', hadStarted: false, lost: false }, now);
  }
  if (refusal?.isFinal) return invalid(observed, attempt, 'PodInvalid', refusal.message, now);
  const from = job.status ?? {};
  const waits = (why: { reason: StartedReason; message: string }, wakeTime?: number): Decision => ({
    status: status.waiting(job, from, why.reason, why.message, now),
    wakeTimes: [deadline, wakeTime],
  });
  if (refusal !== undefined && now < refusal.retryTime) return waits(refusal, refusal.retryTime);
  const notReady = readiness(job, agent, backend);
  if (notReady?.isFinal) return invalid(observed, attempt, notReady.reason, notReady.message, now);
  if (notReady !== undefined) return waits(notReady);
  // What stopped it says more than that it stands in line again.
  if (isParked(job) && !slot.isAdmitted) return waits(refusal ?? slot);
  return { status: from, createPod: attempt, wakeTimes: [deadline] };
}

/** There will never be a Pod, so the job need not wait for its deadline. */
function invalid(observed: Observed, attempt: Attempt, reason: string, message: string, now: number): Decision {
  const end = { outcome: 'InfraError', reason, message, next: 'finish', hadStarted: false } as const;
  return concluded(observed, attempt, end, now);
}

function withPod(observed: Observed, attempt: Attempt, pod: Pod, now: number): Decision {
  const { job } = observed;
  const state = podState(pod, observed.startTrouble, now);
  if (state.kind === 'ended') {
    const openTime = openUntil(job, attempt.number, state.ended);
    if (openTime !== undefined && now < openTime && !mustEnd(observed))
      return { status: job.status ?? {}, wakeTimes: [openTime] };
    return ended(observed, attempt, state.ended, now);
  }
  const before = job.status ?? {};
  const from = withHold(observed, before, now);
  const next =
    state.kind === 'running' ? status.running(job, from, attempt, now) : waitingForPod(job, from, pod, state, now);
  const stopTime = stopPodTime(observed, pod, state);
  const mustStop = now >= stopTime;
  return {
    status: next,
    deletePods: mustStop && !isDeleting(pod) ? [{ pod, ...shortGrace(observed) }] : [],
    wakeTimes: [mustStop || !Number.isFinite(stopTime) ? undefined : stopTime, lostTime(pod)],
  };
}

function shortGrace({ stop, settings }: Observed): { gracePeriodSeconds?: number } {
  return stop === undefined
    ? {}
    : { gracePeriodSeconds: Math.min(STOP_GRACE_SECONDS, settings.podTerminationGraceSeconds) };
}

/** What a Pod waited for, it does not say any more while it is deleted: the last that it said stands. */
function waitingForPod(job: RuneJob, from: Status, pod: Pod, { reason, message }: NotReady, now: number): Status {
  const saysLess = isDeleting(pod) && reason === STARTED_REASON.podCreating;
  if (saysLess && from.conditions?.some(({ type }) => type === CONDITION.started)) return from;
  return status.waiting(job, from, reason, message, now);
}

/** When a live Pod is to be ended from here, in milliseconds since the epoch: at once, or at a deadline. */
function stopPodTime(observed: Observed, pod: Pod, state: Exclude<PodState, { kind: 'ended' }>): number {
  const { job, settings } = observed;
  if (mustEnd(observed)) return 0;
  if (state.kind === 'waiting') return state.isHopeless ? 0 : startDeadline(job, settings);
  return state.startedAt + runSeconds(pod, job) * 1000;
}

/** Cancelled, stopped or suspended; or released or resumed before the attempt that this ends has ended. */
function mustEnd({ job, stop }: Observed): boolean {
  return job.spec.cancel || stop !== undefined || job.spec.suspend || isSuspended(job);
}

/** Why a live Pod is ended, on record before it is. A recorded stop is never taken for a suspension. */
function withHold({ job, stop }: Observed, before: Status, now: number): Status {
  if (isStopped(job)) return before;
  if (stop !== undefined) return status.stopped(job, before, stoppedMessage(stop), now);
  return job.spec.suspend ? status.suspended(job, before, true, now) : before;
}

/** What the stop that caught the attempt says of its end; undefined when none did. */
function caughtByStop({ job, stop }: Observed): string | undefined {
  if (isStopped(job)) return condition(job, CONDITION.suspended)?.message;
  return stop === undefined ? undefined : stoppedMessage(stop);
}

type End = Parameters<typeof attemptEnd>[2];

function ended(observed: Observed, attempt: Attempt, podEnd: End, now: number): Decision {
  const end = attemptEnd(observed.job, attempt.number, podEnd, observed.settings, now);
  const message = caughtByStop(observed);
  return concluded(observed, attempt, message === undefined ? end : stoppedEnd(end, message), now);
}

function concluded(observed: Observed, attempt: Attempt, end: AttemptEnd, now: number): Decision {
  const { job, agent, backend } = observed;
  const isLast = end.next === 'finish' || (end.next === 'retry' && (job.status?.retries ?? 0) >= job.spec.backoffLimit);
  const counted = isLast && end.next === 'retry' ? { ...end, next: 'finish' as const } : end;
  const recordedEnd = status.attemptEnded(job, job.status ?? {}, attempt, counted, now);
  if (isLast) {
    const generations = { ...generation('agentGeneration', agent), ...generation('backendGeneration', backend) };
    const withResult = archived(job, status.measured(job, recordedEnd, attempt, end, generations), end.report, now);
    const last = { ...end, message: lastMessage(job, end), wasAsked: wasAsked(job, end) };
    return { status: status.finished(job, withResult, last, now), wakeTimes: [] };
  }
  if (end.next === 'again') {
    const held = status.suspended(job, recordedEnd, true, now);
    return { status: status.waiting(job, held, STARTED_REASON.suspended, end.message, now), wakeTimes: [] };
  }
  const after = { ...job, status: recordedEnd };
  const retryTime = nextAttemptTime(after, observed.settings);
  const message = backoffMessage(after, retryTime);
  return {
    status: status.waiting(job, recordedEnd, STARTED_REASON.retryBackoff, message, now),
    wakeTimes: [retryTime],
  };
}

function backoffMessage(job: RuneJob, retryTime: number): string {
  const last = job.status?.attempts?.at(-1);
  const why =
    last === undefined ? '' : ` Attempt ${last.number} ended with ${last.outcome}: ${last.message || last.reason}`;
  return `The next attempt begins at ${new Date(retryTime).toISOString()}.${why}`;
}

function cancelled(job: RuneJob, from: Status, now: number): Decision {
  const message = 'spec.cancel was set while no attempt was in progress.';
  const end = { outcome: 'Cancelled', reason: STARTED_REASON.cancelled, message, wasAsked: false } as const;
  return { status: status.finished(job, from, end, now), wakeTimes: [] };
}

function lastMessage(job: RuneJob, end: AttemptEnd): string {
  const retries = job.status?.retries ?? 0;
  if (end.next !== 'retry' || retries === 0) return end.message;
  return `${end.message} It was the last of ${retries + 1} attempts (backoffLimit ${job.spec.backoffLimit}).`;
}

function wasAsked(job: RuneJob, end: AttemptEnd): boolean {
  return end.report === undefined ? isStarted(job) : end.report.timings.agentStartMilliseconds !== undefined;
}

/** Pods of attempts whose end stands in the status. */
function recorded(pods: readonly Pod[], after: Status): Pod[] {
  const attempts = after.attempts ?? [];
  const inProgress = attempts.at(-1)?.outcome === undefined ? attempts.at(-1)?.number : undefined;
  return pods.filter((pod) => {
    const number = attemptOf(pod);
    return number !== inProgress && number <= (after.attempt ?? 0);
  });
}

type Disposal = { pod: Pod; force: boolean /** Milliseconds since the epoch. */; time: number };

/** When and how a Pod whose attempt is recorded goes: a live one at once, a lost one by force, an ended one after its retention. */
function disposal(pod: Pod, after: Status, retentionSeconds: number, now: number): Disposal {
  const state = podState(pod, undefined, now);
  if (state.kind === 'ended' && state.ended.lost) return { pod, force: true, time: now };
  if (isDeleting(pod)) {
    return {
      pod,
      force: false,
      time: (state.kind === 'ended' ? undefined : lostTime(pod)) ?? Number.POSITIVE_INFINITY,
    };
  }
  if (state.kind !== 'ended' || leavesFixtures(pod, state.ended)) return { pod, force: false, time: now };
  const attempt = after.attempts?.find((one) => one.number === attemptOf(pod));
  return { pod, force: false, time: attemptExpiry(attempt, retentionSeconds) };
}

function generation<Key extends string>(key: Key, object: { metadata: { generation?: number } } | undefined) {
  const value = object?.metadata.generation;
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: number };
}

function isDeleting(object: Pod | RuneJob): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
