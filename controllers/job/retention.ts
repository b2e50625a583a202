import type { RuneJob } from '../../crds/types.ts';
import type { Attempt } from './attempts.ts';

/** When an ended attempt's Pod may go, in milliseconds since the epoch. Until then its log can be read. */
export function attemptExpiry(attempt: Attempt | undefined, podRetentionSeconds: number): number {
  const endTime = Date.parse(attempt?.completionTime ?? '');
  return Number.isNaN(endTime) ? 0 : endTime + podRetentionSeconds * 1000;
}

/** When a finished job is deleted, in milliseconds since the epoch; undefined when it is kept. */
export function jobExpiry(job: RuneJob): number | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished;
  return ttl === undefined ? undefined : Date.parse(job.status?.completionTime ?? '') + ttl * 1000;
}
