import { ANNOTATION_BACKEND } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import { joinKey, keyOf, splitKey } from '../kube/key.ts';
import type { Change } from '../kube/watch.ts';
import { Admission, type Candidate, type Held, type Limits, type Slot } from './admission.ts';
import { currentAttempt, isFinished, isParked } from './attempts.ts';
import { mayHaveFixtures } from './fixture-pod.ts';
import { hasFixtures } from './fixtures.ts';
import { Line } from './line.ts';
import { hasResultFinalizer, jobKeyOf, ownerUidsOf } from './own-pod.ts';
import { podState } from './pod-state.ts';
import { SlotHolders } from './slot-holders.ts';

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
 * shows it, so that no limit is exceeded while the cache lags. A change costs no look at all jobs, but where it makes
 * room: then those in line are looked at until there is none.
 */
export class Slots {
  readonly #options: Options;
  readonly #unfinished = new Map<string, RuneJob>();
  readonly #holders = new SlotHolders();
  /** Unfinished jobs without an attempt in progress, those included whose attempt is being recorded. */
  readonly #line = new Line<Waiting>();
  /** By uid: attempts that are being recorded. */
  readonly #taken = new Map<string, Fixtures>();
  /** By uid: jobs whose Pod is being created: it comes to be even when the job goes meanwhile. */
  readonly #creating = new Map<string, Fixtures>();
  /** Pod uid → its job's uid, of runner Pods that have not ended; some outlive their job. */
  readonly #livePods = new Map<string, string>();
  /** Pod uid → what it holds, of Pods with fixtures, ended ones included whose runner left them. */
  readonly #fixturePods = new Map<string, Fixtures>();
  /** By uid: unfinished jobs with fixtures. */
  readonly #withFixtures = new Map<string, RuneJob>();
  #admission: Admission<Waiting> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Takes in a change of the cache. True when a slot may have become free. */
  observe({ type, object }: Change<RuneJob>): boolean {
    const key = keyOf(object);
    const uid = object.metadata.uid ?? '';
    const before = this.#unfinished.get(key);
    const isGone = type === 'deleted' || isFinished(object);
    const { version } = this.#holders;
    const wasHeld = this.#holders.has(uid);
    const wasInLine = this.#isInLine(uid);
    if (before !== undefined) this.#forget(key, before);
    if (!isGone) this.#know(key, object);
    const isActive = !isGone && holdsSlot(object);
    if (isGone || isActive) this.#drop(uid, 'taken');
    if (isFinished(object)) this.#drop(uid, 'creating');
    const isHeld = this.#holders.has(uid);
    const hasMoved = this.#holders.version !== version || wasInLine || this.#isInLine(uid);
    if (hasMoved || hasFixtures(object)) this.refresh();
    if (wasHeld && !isHeld) return true;
    // One that leaves the line makes place for the next, which nothing else would wake.
    if (before === undefined || !wasInLine || isActive) return false;
    return isGone || (this.#options.isEligible(before) && !this.#options.isEligible(object));
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
      if (wasHeld) this.refresh();
      return wasHeld;
    }
    if (!this.#fixturePods.has(podUid)) this.refresh();
    this.#fixturePods.set(podUid, {
      exclusive: object.metadata.namespace ?? '',
      name: splitKey(jobKeyOf(object) ?? '').name,
    });
    return false;
  }

  #observeLive({ type, object }: Change<Pod>): boolean {
    const podUid = object.metadata.uid ?? '';
    const isLive = type !== 'deleted' && podState(object, undefined, 0).kind !== 'ended';
    const [owner = ''] = ownerUidsOf(object);
    const uid = this.#livePods.get(podUid) ?? (owner === '' ? podUid : owner);
    const { version } = this.#holders;
    const wasHeld = this.#holders.has(uid);
    const wasInLine = this.#isInLine(owner);
    if (!isLive) {
      this.#livePods.delete(podUid);
      this.#holders.letGo(uid, `pod ${podUid}`);
    } else if (!this.#livePods.has(podUid) && hasResultFinalizer(object) && jobKeyOf(object) !== undefined) {
      // Without our finalizer, or of a name that no attempt has, it is none of ours, and nobody would ever let it go.
      const backend = joinKey(object.metadata.namespace, object.metadata.annotations?.[ANNOTATION_BACKEND] ?? '');
      this.#livePods.set(podUid, uid);
      this.#holders.hold(uid, `pod ${podUid}`, backend);
    }
    // It may be seen for the first time when it has ended already.
    this.#drop(owner, 'creating');
    const isHeld = this.#holders.has(uid);
    if (this.#holders.version !== version || this.#isInLine(owner) !== wasInLine) this.refresh();
    return wasHeld && !isHeld;
  }

  /** Limits, or what decides on eligibility, have changed. */
  refresh(): void {
    this.#admission = undefined;
  }

  of(job: RuneJob): Slot {
    const waiting = this.#line.get(job.metadata.uid ?? '');
    if (waiting === undefined || !this.#isInLine(waiting.uid)) return NO_SLOT;
    const known = this.#admitted().slotOf(waiting);
    if (known !== undefined) return known;
    // Time alone can make a job eligible (a backoff that ends), so look once more.
    this.refresh();
    return this.#admitted().slotOf(waiting) ?? NO_SLOT;
  }

  /** Keys of the jobs that may start now. */
  admitted(): string[] {
    return this.#admitted().admitted.map(({ name }) => name);
  }

  /** Keys of the jobs without a slot that `matches`. */
  waiting(matches: (job: RuneJob) => boolean): string[] {
    return [...this.#line].filter(({ job }) => matches(job)).map(({ name }) => name);
  }

  take(job: RuneJob): void {
    const uid = job.metadata.uid ?? '';
    // Before it holds its slot: both would count it otherwise. One that held one already makes room by it.
    if (this.#holders.has(uid) || this.#admission?.begin(uid) !== true) this.refresh();
    this.#taken.set(uid, fixturesOf(job));
    this.#holders.hold(uid, 'taken', backendKey(job));
  }

  giveBack(job: RuneJob): void {
    this.#letGo(job, 'taken');
  }

  /** Until the cache shows the Pod, or {@link notCreated} is told. */
  creating(job: RuneJob): void {
    const uid = job.metadata.uid ?? '';
    if (!this.#holders.has(uid) || this.#isInLine(uid) || hasFixtures(job)) this.refresh();
    this.#creating.set(uid, fixturesOf(job));
    this.#holders.hold(uid, 'creating', backendKey(job));
  }

  notCreated(job: RuneJob): void {
    this.#letGo(job, 'creating');
  }

  isTaken(job: RuneJob): boolean {
    return this.#taken.has(job.metadata.uid ?? '');
  }

  /** Attempts in progress. */
  get inProgress(): number {
    return this.#holders.size;
  }

  /** Keys of all jobs that have not finished, those with an attempt in progress first. */
  unfinished(): string[] {
    const jobs = [...this.#unfinished];
    const [active, waiting] = [jobs.filter(([, job]) => holdsSlot(job)), jobs.filter(([, job]) => !holdsSlot(job))];
    return [...active, ...waiting].map(([key]) => key);
  }

  #know(key: string, job: RuneJob): void {
    const uid = job.metadata.uid ?? '';
    this.#unfinished.set(key, job);
    if (hasFixtures(job)) this.#withFixtures.set(uid, job);
    if (holdsSlot(job)) this.#holders.hold(uid, 'job', backendKey(job));
    else this.#line.put(waitingJob(job));
  }

  #forget(key: string, job: RuneJob): void {
    const uid = job.metadata.uid ?? '';
    this.#unfinished.delete(key);
    this.#withFixtures.delete(uid);
    this.#line.remove(uid);
    this.#holders.letGo(uid, 'job');
  }

  #drop(uid: string, hold: 'taken' | 'creating'): void {
    const kept = hold === 'taken' ? this.#taken : this.#creating;
    const held = kept.get(uid);
    if (held === undefined) return;
    kept.delete(uid);
    this.#holders.letGo(uid, hold);
    if (held.exclusive !== undefined) this.refresh();
  }

  #letGo(job: RuneJob, hold: 'taken' | 'creating'): void {
    const before = new Set([keyOf(job), ...this.admitted()]);
    this.#drop(job.metadata.uid ?? '', hold);
    this.refresh();
    // Only those for whom it made room: to wake all would let jobs that fail wake each other without a pause.
    this.#options.wake(this.admitted().filter((key) => !before.has(key)));
  }

  #admitted(): Admission<Waiting> {
    this.#admission ??= new Admission({
      inLine: this.#inLine(),
      active: this.#holders,
      limits: this.#options.limits,
      held: () => this.#heldFixtures(),
      isEligible: ({ job }) => this.#options.isEligible(job),
    });
    return this.#admission;
  }

  *#inLine(): Generator<Waiting> {
    for (const waiting of this.#line) if (this.#isInLine(waiting.uid)) yield waiting;
  }

  #isInLine(uid: string): boolean {
    return this.#line.get(uid) !== undefined && !this.#taken.has(uid) && !this.#creating.has(uid);
  }

  /** Of a job whose earlier Pod left its fixtures, that Pod holds them against the job itself, too: they would collide. */
  #heldFixtures(): Held {
    const active = [...this.#withFixtures.values()].filter(holdsSlot).map(fixturesOf);
    const holders = [...this.#fixturePods.values(), ...this.#taken.values(), ...this.#creating.values(), ...active];
    return new Map(holders.flatMap(({ exclusive, name }) => (exclusive === undefined ? [] : [[exclusive, name]])));
  }
}

type Waiting = Candidate & { job: RuneJob };
type Fixtures = { /** The namespace that they are in. */ exclusive?: string /** Of the job. */; name: string };

function fixturesOf(job: RuneJob): Fixtures {
  const { name = '', namespace = '' } = job.metadata;
  return { name, ...(hasFixtures(job) ? { exclusive: namespace } : {}) };
}

/** An attempt is in progress, and it has a Pod or is about to have one. */
function holdsSlot(job: RuneJob): boolean {
  return currentAttempt(job) !== undefined && !isParked(job);
}

export function backendKey(job: RuneJob): string {
  return joinKey(job.metadata.namespace, job.spec.model.backendRef.name);
}

function waitingJob(job: RuneJob): Waiting {
  return {
    uid: job.metadata.uid ?? '',
    backend: backendKey(job),
    priority: job.spec.priority,
    createdAt: Date.parse(job.metadata.creationTimestamp ?? ''),
    name: keyOf(job),
    ...(hasFixtures(job) ? { exclusive: job.metadata.namespace ?? '' } : {}),
    job,
  };
}
