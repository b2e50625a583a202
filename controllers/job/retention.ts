import type { RuneJob } from '../../crds/types.ts';

/** When a finished job's Pods may go, in milliseconds since the epoch. Until then their logs can be read. */
export function podExpiry(job: RuneJob, podRetentionSeconds: number): number {
  return finishTime(job) + podRetentionSeconds * 1000;
}

/** When a finished job is deleted, in milliseconds since the epoch; undefined when it is kept. */
export function jobExpiry(job: RuneJob): number | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished;
  return ttl === undefined ? undefined : finishTime(job) + ttl * 1000;
}

function finishTime(job: RuneJob): number {
  return Date.parse(job.status?.completionTime ?? '');
}
