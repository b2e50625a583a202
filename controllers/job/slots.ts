import { ANNOTATION_BACKEND } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import { joinKey, keyOf, splitKey } from '../kube/key.ts';
import type { Change } from '../kube/watch.ts';
import { admit, type Candidate, type Held, type Limits, type Slot } from './admission.ts';
import { currentAttempt, isFinished, isParked } from './attempts.ts';
import { mayHaveFixtures } from './fixture-pod.ts';
import { hasFixtures } from './fixtures.ts';
import { hasResultFinalizer, jobKeyOf, ownerUidsOf } from './own-pod.ts';
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
  /** By uid: attempts that are being recorded. */
  readonly #taken = new Map<string, Holder>();
  /** By uid: jobs whose Pod is being created: it comes to be even when the job goes meanwhile. */
  readonly #creating = new Map<string, Holder>();
  /** Pod uid → its job's uid and backend, of runner Pods that have not ended; some outlive their job. */
  readonly #livePods = new Map<string, { uid: string; backend: string }>();
  /** Pod uid → what it holds, of Pods with fixtures, ended ones included whose runner left them. */
  readonly #fixturePods = new Map<string, Fixtures>();
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
  observePod(change: Change<Pod>): boolean {
    const hasLeftNamespace = this.#observeFixtures(change);
    return this.#observeLive(change) || hasLeftNamespace;
  }

  /** True when fixtures are gone. */
  #observeFixtures({ type, object }: Change<Pod>): boolean {
    const podUid = object.metadata.uid ?? '';
    if (type === 'deleted' || !mayHaveFixtures(object)) {
      const wasHeld = this.#fixturePods.delete(podUid);
      if (wasHeld) this.#slots = undefined;
      return wasHeld;
    }
    if (!this.#fixturePods.has(podUid)) this.#slots = undefined;
    this.#fixturePods.set(podUid, {
      exclusive: object.metadata.namespace ?? '',
      name: splitKey(jobKeyOf(object) ?? '').name,
    });
    return false;
  }

  #observeLive({ type, object }: Change<Pod>): boolean {
    const podUid = object.metadata.uid ?? '';
    const isLive = type !== 'deleted' && podState(object, undefined, 0).kind !== 'ended';
    const [uid = ''] = ownerUidsOf(object);
    // It may be seen for the first time when it has ended already.
    const wasCreating = this.#creating.delete(uid);
    const wasLive = this.#livePods.has(podUid);
    if (isLive === wasLive) return wasCreating && !isLive;
    // Without our finalizer, or of a name that no attempt has, it is none of ours, and nobody would ever let it go.
    if (isLive && (!hasResultFinalizer(object) || jobKeyOf(object) === undefined)) return false;
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
    this.#taken.set(job.metadata.uid ?? '', holder(job));
    this.#slots = undefined;
  }

  giveBack(job: RuneJob): void {
    this.#letGo(job, this.#taken);
  }

  /** Until the cache shows the Pod, or {@link notCreated} is told. */
  creating(job: RuneJob): void {
    this.#creating.set(job.metadata.uid ?? '', holder(job));
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
    return this.#active().size;
  }

  /** Keys of all jobs that have not finished, those with an attempt in progress first. */
  unfinished(): string[] {
    const jobs = [...this.#unfinished];
    const [active, waiting] = [jobs.filter(([, job]) => holdsSlot(job)), jobs.filter(([, job]) => !holdsSlot(job))];
    return [...active, ...waiting].map(([key]) => key);
  }

  #letGo(job: RuneJob, held: Map<string, Holder>): void {
    const before = new Set([keyOf(job), ...this.admitted()]);
    held.delete(job.metadata.uid ?? '');
    this.#slots = undefined;
    // Only those for whom it made room: to wake all would let jobs that fail wake each other without a pause.
    this.#options.wake(this.admitted().filter((key) => !before.has(key)));
  }

  #compute(): Map<string, Slot> {
    if (this.#slots !== undefined) return this.#slots;
    const waiting = [...this.#unfinished.values()].filter((job) => this.#isWaiting(job));
    const active = [...this.#active()].map(([uid, backend]) => ({ uid, backend }));
    this.#slots = admit(waiting.map(candidate), active, this.#options.limits, this.#heldFixtures());
    return this.#slots;
  }

  /** uid → backend, of the jobs that count against the limits. */
  #active(): Map<string, string> {
    const active = new Map([...this.#taken, ...this.#creating].map(([uid, { backend }]) => [uid, backend]));
    for (const { uid, backend } of this.#livePods.values()) active.set(uid, backend);
    for (const job of this.#unfinished.values()) {
      if (holdsSlot(job)) active.set(job.metadata.uid ?? '', backendKey(job));
    }
    return active;
  }

  /** Of a job whose earlier Pod left its fixtures, that Pod holds them against the job itself, too: they would collide. */
  #heldFixtures(): Held {
    const active = [...this.#unfinished.values()].filter(holdsSlot).map(holder);
    const holders = [...this.#fixturePods.values(), ...this.#taken.values(), ...this.#creating.values(), ...active];
    return new Map(holders.flatMap(({ exclusive, name }) => (exclusive === undefined ? [] : [[exclusive, name]])));
  }

  #isWaiting(job: RuneJob): boolean {
    const uid = job.metadata.uid ?? '';
    return !holdsSlot(job) && !this.#taken.has(uid) && !this.#creating.has(uid) && this.#options.isEligible(job);
  }
}

type Fixtures = { /** The namespace that they are in. */ exclusive?: string /** Of the job. */; name: string };
type Holder = Fixtures & { backend: string };

function holder(job: RuneJob): Holder {
  const { name = '', namespace = '' } = job.metadata;
  return { name, backend: backendKey(job), ...(hasFixtures(job) ? { exclusive: namespace } : {}) };
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
    ...(hasFixtures(job) ? { exclusive: job.metadata.namespace ?? '' } : {}),
  };
}
