import { STARTED_REASON } from '../../crds/names.ts';

/** A job that could start now but for the limits. */
export type Candidate = {
  uid: string;
  backend: string;
  priority: number;
  createdAt: number;
  name: string;
  /** Of what only one job may have at a time: the namespace of a job with fixtures. */
  exclusive?: string;
};
/** A job that has an attempt in progress. */
export type Active = { uid: string; backend: string };
export type Limits = { maxRunnerPods: number; maxJobsOf: (backend: string) => number };
/** What is exclusive and held now, with the name of the job that holds it. */
export type Held = ReadonlyMap<string, string>;

export type Slot =
  | { isAdmitted: true /** Other jobs in progress on the same backend. */; load: number }
  | { isAdmitted: false; reason: 'BackendBusy' | 'RunnerLimitReached' | 'FixturesInUse'; message: string };

/**
 * Which of the waiting jobs may start, by uid: first in, first out within a priority, higher priorities first. A job
 * that waits for its backend or for another's fixtures does not hold up those that need neither. Pure.
 */
export function admit(
  waiting: readonly Candidate[],
  active: readonly Active[],
  limits: Limits,
  held: Held = new Map(),
): Map<string, Slot> {
  const jobsOn = new Map<string, number>();
  for (const { backend } of active) jobsOn.set(backend, (jobsOn.get(backend) ?? 0) + 1);
  const holders = new Map(held);
  let total = active.length;
  const slots = new Map<string, Slot>();
  for (const { uid, backend, exclusive, name } of waiting.toSorted(byTurn)) {
    const load = jobsOn.get(backend) ?? 0;
    const max = limits.maxJobsOf(backend);
    const holder = exclusive === undefined ? undefined : holders.get(exclusive);
    if (holder !== undefined) {
      const message = `Fixtures of RuneJob "${holder}" are in this namespace; one job with fixtures runs in it at a time.`;
      slots.set(uid, { isAdmitted: false, reason: STARTED_REASON.fixturesInUse, message });
    } else if (load >= max) {
      const message = `RuneBackend "${plainName(backend)}" serves ${load} of at most ${max} jobs (maxConcurrentJobs).`;
      slots.set(uid, { isAdmitted: false, reason: STARTED_REASON.backendBusy, message });
    } else if (total >= limits.maxRunnerPods) {
      const message = `${total} runner Pods run, of at most ${limits.maxRunnerPods} (operator flag --max-runner-pods).`;
      slots.set(uid, { isAdmitted: false, reason: STARTED_REASON.runnerLimitReached, message });
    } else {
      slots.set(uid, { isAdmitted: true, load });
      jobsOn.set(backend, load + 1);
      if (exclusive !== undefined) holders.set(exclusive, plainName(name));
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
