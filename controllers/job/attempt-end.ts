import { type Outcome, RETRIED } from '../../crds/names.ts';
import type { Report } from '../../crds/report.ts';
import type { RuneJob } from '../../crds/types.ts';
import { shorten } from '../sentence.ts';
import { faultBehindReport, faultWithoutReport, mayTellMore, wasTakenAway } from './agent-fault.ts';
import { isSuspended, startDeadline } from './attempts.ts';
import { isEviction } from './eviction.ts';
import type { PodEnd } from './pod-state.ts';
import { readReport } from './read-report.ts';
import type { BackoffLimits } from './retry.ts';
import { runnerMemoryLimit } from './runner-container.ts';

/** How an attempt ended, and what that means for its job. */
export type AttemptEnd = {
  outcome: Outcome;
  reason: string;
  message: string;
  /**
   * `finish`: the job ends with this outcome. `retry`: a new attempt follows, if `backoffLimit` allows.
   * `again`: a new attempt follows and this one does not count (the job was suspended).
   */
  next: 'finish' | 'retry' | 'again';
  /** What the runner said; absent for an attempt that was lost. */
  report?: Report;
  /** The runner's container had been started, so that the model may have been used. */
  hadStarted: boolean;
  imageID?: string;
  /** Of the container that the agent lives in. */
  agentImageID?: string;
};

/** Reads the end of an attempt. A result that the runner reported stands, whatever was asked of the job meanwhile. */
export function attemptEnd(job: RuneJob, attempt: number, end: PodEnd, limits: BackoffLimits, now: number): AttemptEnd {
  const report = readReport(end.message, job.metadata.uid ?? '', attempt);
  const seen = {
    hadStarted: end.hadStarted,
    ...(end.imageID === undefined ? {} : { imageID: end.imageID }),
    ...(end.agent?.imageID === undefined ? {} : { agentImageID: end.agent.imageID }),
    ...(report === undefined ? {} : { report }),
  };
  if (report !== undefined && report.reason !== 'Terminated') return { ...seen, ...reported(job, report, end) };
  return { ...seen, ...unreported(job, end, report !== undefined, limits, now) };
}

/** Until when to wait for what Kubernetes may yet say of the end, in milliseconds since the epoch; undefined when no need is. */
export function openUntil(job: RuneJob, attempt: number, end: PodEnd): number | undefined {
  const isAsked = job.spec.cancel || job.spec.suspend || isSuspended(job);
  if (end.openUntil === undefined || isAsked) return undefined;
  return mayTellMore(readReport(end.message, job.metadata.uid ?? '', attempt), end) ? end.openUntil : undefined;
}

type Verdict = Pick<AttemptEnd, 'outcome' | 'reason' | 'message' | 'next'>;

function reported(job: RuneJob, report: Report, end: PodEnd): Verdict {
  const { outcome, reason, message } = report;
  if (outcome === 'AgentError' && wasTakenAway(report, end)) {
    return { outcome: 'InfraError', next: 'retry', ...trouble(job, end, false) };
  }
  const fault = outcome === 'AgentError' ? faultBehindReport({ reason, message }, end) : undefined;
  if (fault !== undefined) return { outcome, ...fault, next: 'finish' };
  const next = RETRIED.has(outcome) && report.retryable ? 'retry' : 'finish';
  return { outcome, reason, message, next };
}

function unreported(job: RuneJob, end: PodEnd, terminated: boolean, limits: BackoffLimits, now: number): Verdict {
  if (job.spec.cancel) {
    const message = job.metadata.deletionTimestamp === undefined ? 'spec.cancel was set.' : 'The job was deleted.';
    return { outcome: 'Cancelled', reason: 'Cancelled', message, next: 'finish' };
  }
  if (job.spec.suspend || isSuspended(job)) {
    const message = 'The job was suspended; this attempt does not count.';
    return { outcome: 'Cancelled', reason: 'Suspended', message, next: 'again' };
  }
  const fault = faultWithoutReport(end);
  if (fault !== undefined) return { outcome: 'AgentError', ...fault, next: 'finish' };
  if (!end.hadStarted && now >= startDeadline(job, limits)) {
    return {
      outcome: 'InfraError',
      reason: 'StartDeadlineExceeded',
      message: startDeadlineMessage(job),
      next: 'finish',
    };
  }
  return { outcome: 'InfraError', next: 'retry', ...trouble(job, end, terminated) };
}

/** Why a job that was never asked ends: the deadline, and what it was waiting for. */
export function startDeadlineMessage(job: RuneJob): string {
  const waiting = job.status?.conditions?.find((one) => one.type === 'Started' && one.status === 'False');
  const why = waiting === undefined ? '' : ` Last it said: ${waiting.message}`;
  return `The agent was not asked within startDeadlineSeconds (${job.spec.startDeadlineSeconds} s).${why}`;
}

function trouble(job: RuneJob, end: PodEnd, terminated: boolean): { reason: string; message: string } {
  const detail = end.detail === '' ? '' : ` ${shorten(end.detail.replace(/\s+/g, ' ').trim(), 300)}`;
  if (end.reason === 'OOMKilled') {
    const message = `The runner ran out of memory (limit: ${runnerMemoryLimit(job)}): raise spec.pod.resources.limits.memory.`;
    return { reason: 'OOMKilled', message };
  }
  if (end.lost) return { reason: 'NodeLost', message: 'The Pod was deleted and its node did not say how it ended.' };
  if (isEviction(end.reason)) return { reason: 'Evicted', message: `The Pod was evicted (${end.reason}).${detail}` };
  if (end.reason === 'Deleted' || terminated) {
    const message = `The Pod was ended from outside before it reported (${end.reason}).${detail}`;
    return { reason: end.reason === 'Deleted' ? 'PodDeleted' : 'PodTerminated', message };
  }
  if (end.agent?.wasLost) {
    return { reason: 'AgentLost', message: "The node's container runtime lost the agent's container." };
  }
  const code = end.exitCode === undefined ? '' : ` with exit code ${end.exitCode}`;
  return { reason: 'NoReport', message: `The runner ended${code} (${end.reason}) without a report.${detail}` };
}
