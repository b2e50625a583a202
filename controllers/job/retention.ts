import { ANNOTATION_FIXTURES, LABEL, RUNE_RUN } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import type { Attempt } from './attempts.ts';
import { attemptOf } from './own-pod.ts';
import type { PodEnd } from './pod-state.ts';
import { readReport } from './read-report.ts';

/** When an ended attempt's Pod may go, in milliseconds since the epoch. Until then its log can be read. */
export function attemptExpiry(attempt: Attempt | undefined, podRetentionSeconds: number): number {
  const endTime = Date.parse(attempt?.completionTime ?? '');
  return Number.isNaN(endTime) ? 0 : endTime + podRetentionSeconds * 1000;
}

/** Whether fixtures may be left that only go with the Pod that owns them, so that it must not be kept for its log. */
export function leavesFixtures(pod: Pod, end: PodEnd): boolean {
  if (pod.metadata.annotations?.[ANNOTATION_FIXTURES] !== 'true') return false;
  const report = readReport(end.message, pod.metadata.labels?.[LABEL.jobUid] ?? '', attemptOf(pod));
  // One that broke may have made some and not come to say so.
  const isBroken = report?.reason === 'RunnerFailed' && report.fixtures !== 'removed';
  return report === undefined || report.fixtures === 'left' || isBroken;
}

/**
 * When a finished job is deleted, in milliseconds since the epoch; undefined when it is kept. Those of a run are counted
 * until it ends, and are deleted by it.
 */
export function jobExpiry(job: RuneJob): number | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const isOfRun = job.metadata.ownerReferences?.some(({ kind, controller }) => kind === RUNE_RUN.kind && controller);
  return ttl === undefined || isOfRun ? undefined : Date.parse(job.status?.completionTime ?? '') + ttl * 1000;
}
