import { STARTED_REASON } from '../../crds/names.ts';

/** A job that could start now but for the limits. */
export type Candidate = { uid: string; backend: string; priority: number; createdAt: number; name: string };
/** A job that has an attempt in progress. */
export type Active = { uid: string; backend: string };
export type Limits = { maxRunnerPods: number; maxJobsOf: (backend: string) => number };

export type Slot =
  | { isAdmitted: true /** Other jobs in progress on the same backend. */; load: number }
  | { isAdmitted: false; reason: 'BackendBusy' | 'RunnerLimitReached'; message: string };

/**
 * Which of the waiting jobs may start, by uid: first in, first out within a priority, higher priorities first. A job
 * whose backend is busy does not hold up one for another backend. Pure.
 */
export function admit(waiting: readonly Candidate[], active: readonly Active[], limits: Limits): Map<string, Slot> {
  const jobsOn = new Map<string, number>();
  for (const { backend } of active) jobsOn.set(backend, (jobsOn.get(backend) ?? 0) + 1);
  let total = active.length;
  const slots = new Map<string, Slot>();
  for (const { uid, backend } of waiting.toSorted(byTurn)) {
    const load = jobsOn.get(backend) ?? 0;
    const max = limits.maxJobsOf(backend);
    if (load >= max) {
      const message = `RuneBackend "${plainName(backend)}" serves ${load} of at most ${max} jobs (maxConcurrentJobs).`;
      slots.set(uid, { isAdmitted: false, reason: STARTED_REASON.backendBusy, message });
    } else if (total >= limits.maxRunnerPods) {
      const message = `${total} runner Pods run, of at most ${limits.maxRunnerPods} (operator flag --max-runner-pods).`;
      slots.set(uid, { isAdmitted: false, reason: STARTED_REASON.runnerLimitReached, message });
    } else {
      slots.set(uid, { isAdmitted: true, load });
      jobsOn.set(backend, load + 1);
      total += 1;
    }
  }
  return slots;
}

function byTurn(a: Candidate, b: Candidate): number {
  return b.priority - a.priority || a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

function plainName(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
