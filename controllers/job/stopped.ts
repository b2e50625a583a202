import { STARTED_REASON } from '../../crds/names.ts';
import type { AttemptEnd } from './attempt-end.ts';

/** What was about to be done is not, since a stop came in between. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Less than Pods have otherwise: with what kubelet and operator take, a runner or an agent that ignores SIGTERM is gone within 10 s. */
export const STOP_GRACE_SECONDS = 5;

/**
 * The end of an attempt that the stop caught: for good, unless it had ended the job by itself. What would have been
 * tried again is not: who stops everything must be able to rely on nothing of it coming back.
 */
export function stoppedEnd(end: AttemptEnd, message: string): AttemptEnd {
  const hasResult = end.report !== undefined && end.report.reason !== 'Terminated';
  const endsTheJob = end.next === 'finish' && (hasResult || end.outcome === 'Cancelled');
  if (endsTheJob) return end;
  return { ...end, outcome: 'Stopped', reason: STARTED_REASON.emergencyStop, message, next: 'finish' };
}
