import type { RuneJob } from '../../crds/types.ts';
import type { Metrics } from '../metrics.ts';
import { currentAttempt, isFinished, type Status } from './attempts.ts';

/** Counts what a written status tells: attempts and jobs that ended. */
export function countChanges(metrics: Metrics, before: RuneJob, after: Status): void {
  const open = currentAttempt(before);
  const closed = after.attempts?.find((attempt) => attempt.number === open?.number);
  if (closed?.outcome !== undefined) metrics.jobs.attempts.inc({ outcome: closed.outcome });
  if (after.outcome !== undefined && !isFinished(before)) metrics.jobs.finished.inc({ outcome: after.outcome });
}
