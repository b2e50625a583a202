import type { RuneJob } from '../../crds/types.ts';
import { joinKey, keyOf } from '../kube/key.ts';
import type { Change } from '../kube/watch.ts';
import { type Active, admit, type Candidate, type Limits, type Slot } from './admission.ts';
import { currentAttempt, isFinished } from './attempts.ts';

type Options = {
  limits: Limits;
  /** Whether a job without an attempt in progress could start now, but for the limits. */
  isEligible: (job: RuneJob) => boolean;
};

/**
 * Who may start now. It follows the cache, and counts an attempt from the moment before it is recorded until the cache
 * shows it, so that no limit is exceeded while the cache lags.
 */
export class Slots {
  readonly #options: Options;
  readonly #unfinished = new Map<string, RuneJob>();
  /** uid → backend, of attempts that are being recorded. */
  readonly #taken = new Map<string, string>();
  #slots: Map<string, Slot> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Takes in a change of the cache. True when a slot may have become free. */
  observe({ type, object }: Change<RuneJob>): boolean {
    const key = keyOf(object);
    const before = this.#unfinished.get(key);
    const isGone = type === 'deleted' || isFinished(object);
    if (isGone) this.#unfinished.delete(key);
    else this.#unfinished.set(key, object);
    const isActive = !isGone && currentAttempt(object) !== undefined;
    const uid = object.metadata.uid ?? '';
    const wasTaken = (isGone || isActive) && this.#taken.delete(uid);
    this.#slots = undefined;
    const wasActive = wasTaken || (before !== undefined && currentAttempt(before) !== undefined);
    return wasActive && !isActive;
  }

  /** Limits, or what decides on eligibility, have changed. */
  refresh(): void {
    this.#slots = undefined;
  }

  of(job: RuneJob): Slot {
    const uid = job.metadata.uid ?? '';
    const known = this.#compute().get(uid);
    if (known !== undefined) return known;
    // Time alone can make a job eligible (a backoff that ends), so look once more.
    this.refresh();
    return (
      this.#compute().get(uid) ?? { isAdmitted: false, reason: 'BackendBusy', message: 'The job waits for its turn.' }
    );
  }

  /** Keys of the jobs that may start now. */
  admitted(): string[] {
    const slots = this.#compute();
    return [...this.#unfinished].filter(([, job]) => slots.get(job.metadata.uid ?? '')?.isAdmitted).map(([key]) => key);
  }

  /** Keys of the jobs without an attempt in progress that `matches`. */
  waiting(matches: (job: RuneJob) => boolean): string[] {
    return [...this.#unfinished]
      .filter(([, job]) => currentAttempt(job) === undefined && matches(job))
      .map(([key]) => key);
  }

  take(job: RuneJob): void {
    this.#taken.set(job.metadata.uid ?? '', backendKey(job));
    this.#slots = undefined;
  }

  giveBack(job: RuneJob): void {
    this.#taken.delete(job.metadata.uid ?? '');
    this.#slots = undefined;
  }

  isTaken(job: RuneJob): boolean {
    return this.#taken.has(job.metadata.uid ?? '');
  }

  /** Attempts in progress. */
  get inProgress(): number {
    return this.#active().length;
  }

  #compute(): Map<string, Slot> {
    if (this.#slots !== undefined) return this.#slots;
    const waiting = [...this.#unfinished.values()].filter(
      (job) => !this.#isActive(job) && this.#options.isEligible(job),
    );
    this.#slots = admit(waiting.map(candidate), this.#active(), this.#options.limits);
    return this.#slots;
  }

  #active(): Active[] {
    const active = new Map(this.#taken);
    for (const job of this.#unfinished.values()) {
      if (currentAttempt(job) !== undefined) active.set(job.metadata.uid ?? '', backendKey(job));
    }
    return [...active].map(([uid, backend]) => ({ uid, backend }));
  }

  #isActive(job: RuneJob): boolean {
    return currentAttempt(job) !== undefined || this.isTaken(job);
  }
}

export function backendKey(job: RuneJob): string {
  return joinKey(job.metadata.namespace, job.spec.model.backendRef.name);
}

function candidate(job: RuneJob): Candidate {
  return {
    uid: job.metadata.uid ?? '',
    backend: backendKey(job),
    priority: job.spec.priority,
    createdAt: Date.parse(job.metadata.creationTimestamp ?? ''),
    name: keyOf(job),
  };
}
