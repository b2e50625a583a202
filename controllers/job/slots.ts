import { ANNOTATION_BACKEND } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import { joinKey, keyOf } from '../kube/key.ts';
import type { Change } from '../kube/watch.ts';
import { type Active, admit, type Candidate, type Limits, type Slot } from './admission.ts';
import { currentAttempt, isFinished, isParked } from './attempts.ts';
import { hasResultFinalizer, ownerUidsOf } from './own-pod.ts';
import { podState } from './pod-state.ts';

type Options = {
  limits: Limits;
  /** Whether a job without a slot could start now, but for the limits. */
  isEligible: (job: RuneJob) => boolean;
  /** Told the keys of the jobs for whom a slot that was given back made room. */
  wake: (keys: string[]) => void;
};

/** Of a job that is not in line. */
export const NO_SLOT: Slot = { isAdmitted: false, reason: 'BackendBusy', message: 'The job waits for its turn.' };

/**
 * Who may start now. It follows the cache, and counts an attempt from the moment before it is recorded until the cache
 * shows it, so that no limit is exceeded while the cache lags.
 */
export class Slots {
  readonly #options: Options;
  readonly #unfinished = new Map<string, RuneJob>();
  /** uid → backend, of attempts that are being recorded. */
  readonly #taken = new Map<string, string>();
  /** uid → backend, of jobs whose Pod is being created: it comes to be even when the job goes meanwhile. */
  readonly #creating = new Map<string, string>();
  /** Pod uid → its job, of runner Pods that have not ended; some outlive their job. */
  readonly #livePods = new Map<string, Active>();
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
    const isActive = !isGone && holdsSlot(object);
    const uid = object.metadata.uid ?? '';
    const wasTaken = (isGone || isActive) && this.#taken.delete(uid);
    if (isFinished(object)) this.#creating.delete(uid);
    this.#slots = undefined;
    const wasActive = wasTaken || (before !== undefined && holdsSlot(before));
    if (wasActive) return !isActive;
    // One that leaves the line makes place for the next, which nothing else would wake.
    if (before === undefined || isActive) return false;
    return isGone || (this.#isWaiting(before) && !this.#isWaiting(object));
  }

  /** Takes in a change of a runner Pod. True when a slot may have become free. */
  observePod({ type, object }: Change<Pod>): boolean {
    const podUid = object.metadata.uid ?? '';
    const isLive = type !== 'deleted' && podState(object, undefined, 0).kind !== 'ended';
    const [uid = ''] = ownerUidsOf(object);
    // It may be seen for the first time when it has ended already.
    const wasCreating = this.#creating.delete(uid);
    const wasLive = this.#livePods.has(podUid);
    if (isLive === wasLive) return wasCreating && !isLive;
    // Without our finalizer it is none of ours, whatever its labels say.
    if (isLive && !hasResultFinalizer(object)) return false;
    this.#slots = undefined;
    if (!isLive) return this.#livePods.delete(podUid);
    const backend = joinKey(object.metadata.namespace, object.metadata.annotations?.[ANNOTATION_BACKEND] ?? '');
    this.#livePods.set(podUid, { uid: uid === '' ? podUid : uid, backend });
    return false;
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
    return this.#compute().get(uid) ?? NO_SLOT;
  }

  /** Keys of the jobs that may start now. */
  admitted(): string[] {
    const slots = this.#compute();
    return [...this.#unfinished].filter(([, job]) => slots.get(job.metadata.uid ?? '')?.isAdmitted).map(([key]) => key);
  }

  /** Keys of the jobs without a slot that `matches`. */
  waiting(matches: (job: RuneJob) => boolean): string[] {
    return [...this.#unfinished].filter(([, job]) => !holdsSlot(job) && matches(job)).map(([key]) => key);
  }

  take(job: RuneJob): void {
    this.#taken.set(job.metadata.uid ?? '', backendKey(job));
    this.#slots = undefined;
  }

  giveBack(job: RuneJob): void {
    this.#letGo(job, this.#taken);
  }

  /** Until the cache shows the Pod, or {@link notCreated} is told. */
  creating(job: RuneJob): void {
    this.#creating.set(job.metadata.uid ?? '', backendKey(job));
    this.#slots = undefined;
  }

  notCreated(job: RuneJob): void {
    this.#letGo(job, this.#creating);
  }

  isTaken(job: RuneJob): boolean {
    return this.#taken.has(job.metadata.uid ?? '');
  }

  /** Attempts in progress. */
  get inProgress(): number {
    return this.#active().length;
  }

  #letGo(job: RuneJob, held: Map<string, string>): void {
    const before = new Set([keyOf(job), ...this.admitted()]);
    held.delete(job.metadata.uid ?? '');
    this.#slots = undefined;
    // Only those for whom it made room: to wake all would let jobs that fail wake each other without a pause.
    this.#options.wake(this.admitted().filter((key) => !before.has(key)));
  }

  #compute(): Map<string, Slot> {
    if (this.#slots !== undefined) return this.#slots;
    const waiting = [...this.#unfinished.values()].filter((job) => this.#isWaiting(job));
    this.#slots = admit(waiting.map(candidate), this.#active(), this.#options.limits);
    return this.#slots;
  }

  #active(): Active[] {
    const active = new Map([...this.#taken, ...this.#creating]);
    for (const { uid, backend } of this.#livePods.values()) active.set(uid, backend);
    for (const job of this.#unfinished.values()) {
      if (holdsSlot(job)) active.set(job.metadata.uid ?? '', backendKey(job));
    }
    return [...active].map(([uid, backend]) => ({ uid, backend }));
  }

  #isWaiting(job: RuneJob): boolean {
    const uid = job.metadata.uid ?? '';
    return !holdsSlot(job) && !this.#taken.has(uid) && !this.#creating.has(uid) && this.#options.isEligible(job);
  }
}

/** An attempt is in progress, and it has a Pod or is about to have one. */
function holdsSlot(job: RuneJob): boolean {
  return currentAttempt(job) !== undefined && !isParked(job);
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
