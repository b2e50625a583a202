import type { RuneJob } from '../../crds/types.ts';

export type BackoffLimits = { retryBackoffSeconds: number; retryBackoffMaxSeconds: number };

/**
 * When the next attempt may begin, in milliseconds since the epoch: 0 for the first, else the end of the last one plus
 * an exponential backoff (base x 2^(retries-1), as batch/v1 Job does), or plus the backend's Retry-After if that is
 * longer. Retry-After is bounded by the same maximum, so that a backend cannot park a job.
 */
export function nextAttemptTime(job: RuneJob, limits: BackoffLimits): number {
  const last = job.status?.attempts?.findLast((attempt) => attempt.outcome !== undefined);
  const retries = job.status?.retries ?? 0;
  if (last?.completionTime === undefined || retries === 0) return 0;
  const backoff = limits.retryBackoffSeconds * 2 ** (retries - 1);
  const seconds = Math.min(Math.max(backoff, last.retryAfterSeconds ?? 0), limits.retryBackoffMaxSeconds);
  return Date.parse(last.completionTime) + seconds * 1000;
}
