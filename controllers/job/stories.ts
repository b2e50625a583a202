import { findCondition } from '../../crds/conditions.ts';
import { CONDITION, MEASURED, STARTED_REASON } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import type { Status } from './attempts.ts';

/** A line for `kubectl describe`. */
export type Story = { type: 'Normal' | 'Warning'; reason: string; message: string };

const QUIET_WAITS: ReadonlySet<string> = new Set([
  STARTED_REASON.suspended,
  STARTED_REASON.backendBusy,
  STARTED_REASON.runnerLimitReached,
  STARTED_REASON.fixturesInUse,
]);

/** What happened between two statuses of a job, in the order in which it happened. */
export function stories(job: RuneJob, after: Status): Story[] {
  const before = job.status ?? {};
  return [...attemptEnds(before, after), ...starts(before, after), ...end(before, after)];
}

function attemptEnds(before: Status, after: Status): Story[] {
  const open = before.attempts?.at(-1);
  if (open === undefined || open.outcome !== undefined) return [];
  const closed = after.attempts?.find((attempt) => attempt.number === open.number);
  if (closed?.outcome === undefined || after.outcome !== undefined) return [];
  const message = `Attempt ${closed.number} ended with ${closed.outcome}: ${closed.message || closed.reason}`;
  return [{ type: closed.reason === 'Suspended' ? 'Normal' : 'Warning', reason: 'AttemptEnded', message }];
}

function starts(before: Status, after: Status): Story[] {
  if (after.outcome !== undefined) return [];
  if ((after.attempt ?? 0) > (before.attempt ?? 0)) {
    const attempt = after.attempts?.at(-1);
    return [
      {
        type: 'Normal',
        reason: 'AttemptStarted',
        message: `Attempt ${attempt?.number} starts in Pod ${attempt?.podName}.`,
      },
    ];
  }
  const was = findCondition(before.conditions, CONDITION.started);
  const is = findCondition(after.conditions, CONDITION.started);
  if (is === undefined || is.reason === was?.reason) return [];
  if (is.status === 'True') return [{ type: 'Normal', reason: is.reason, message: is.message }];
  if (is.reason === STARTED_REASON.podCreating || is.reason === STARTED_REASON.retryBackoff) return [];
  return [{ type: QUIET_WAITS.has(is.reason) ? 'Normal' : 'Warning', reason: is.reason, message: is.message }];
}

function end(before: Status, after: Status): Story[] {
  if (after.outcome === undefined || before.outcome !== undefined) return [];
  const message = findCondition(after.conditions, CONDITION.finished)?.message ?? '';
  const isWarning = !MEASURED.has(after.outcome) && after.outcome !== 'Cancelled';
  return [{ type: isWarning ? 'Warning' : 'Normal', reason: after.outcome, message }];
}
