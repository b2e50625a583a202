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
/** The jobs that have an attempt in progress. */
export type Active = { readonly size: number; jobsOn: (backend: string) => number };
export type Limits = { maxRunnerPods: number; maxJobsOf: (backend: string) => number };
/** What is exclusive and held now, with the name of the job that holds it. */
export type Held = ReadonlyMap<string, string>;

export type Slot =
  | { isAdmitted: true /** Other jobs in progress on the same backend. */; load: number }
  | { isAdmitted: false; reason: 'BackendBusy' | 'RunnerLimitReached' | 'FixturesInUse'; message: string };

export type Round<T extends Candidate> = {
  /** In the order of their turns, see {@link byTurn}. It is read only as far as there is room. */
  inLine: Iterable<T>;
  active: Active;
  limits: Limits;
  /** Asked only where somebody in line wants something exclusive. */
  held: () => Held;
  isEligible: (candidate: T) => boolean;
};

/**
 * Which of the waiting jobs may start: first in, first out within a priority, higher priorities first. A job that waits
 * for its backend or for another's fixtures does not hold up those that need neither. It holds until a job ends, comes
 * or changes: that one which it admitted begins, changes nothing for the others.
 */
export class Admission<T extends Candidate = Candidate> {
  readonly #round: Round<T>;
  readonly #admitted = new Map<string, Candidate>();
  /** Of the admitted, how many are to begin on a backend. */
  readonly #addedOn = new Map<string, number>();
  #holders: Map<string, string> | undefined;
  /** Those that had room and were not eligible. */
  readonly #passedOver = new Set<string>();

  constructor(round: Round<T>) {
    this.#round = round;
    for (const candidate of round.inLine) {
      if (this.#total >= round.limits.maxRunnerPods) return;
      if (this.#obstacle(candidate) !== undefined) continue;
      if (round.isEligible(candidate)) this.#admit(candidate);
      else this.#passedOver.add(candidate.uid);
    }
  }

  /** In the order of their turns, without those that have begun since. */
  get admitted(): Candidate[] {
    return [...this.#admitted.values()];
  }

  /** Undefined where it was not eligible when there was room for it. */
  slotOf(candidate: Candidate): Slot | undefined {
    const { uid, backend, exclusive } = candidate;
    if (this.#admitted.has(uid)) return { isAdmitted: true, load: this.#round.active.jobsOn(backend) };
    if (this.#passedOver.has(uid)) return undefined;
    const reason = this.#obstacle(candidate);
    if (reason === undefined) return undefined;
    const { limits } = this.#round;
    const message = {
      FixturesInUse: () => {
        const holder = this.#holderOf(exclusive);
        return `Fixtures of RuneJob "${holder}" are in this namespace; one job with fixtures runs in it at a time.`;
      },
      BackendBusy: () => {
        const load = this.#jobsOn(backend);
        const max = limits.maxJobsOf(backend);
        return `RuneBackend "${plainName(backend)}" serves ${load} of at most ${max} jobs (maxConcurrentJobs).`;
      },
      RunnerLimitReached: () =>
        `${this.#total} runner Pods run, of at most ${limits.maxRunnerPods} (operator flag --max-runner-pods).`,
    }[reason]();
    return { isAdmitted: false, reason, message };
  }

  /** The job is about to be active. False where it was not admitted. */
  begin(uid: string): boolean {
    const candidate = this.#admitted.get(uid);
    if (candidate === undefined) return false;
    this.#admitted.delete(uid);
    this.#addedOn.set(candidate.backend, (this.#addedOn.get(candidate.backend) ?? 0) - 1);
    return true;
  }

  #admit(candidate: Candidate): void {
    const { uid, backend, exclusive, name } = candidate;
    this.#admitted.set(uid, candidate);
    this.#addedOn.set(backend, (this.#addedOn.get(backend) ?? 0) + 1);
    if (exclusive !== undefined) this.#holders?.set(exclusive, plainName(name));
  }

  /** What of the limits keeps it from starting. */
  #obstacle({ backend, exclusive }: Candidate): Extract<Slot, { isAdmitted: false }>['reason'] | undefined {
    const { limits } = this.#round;
    if (this.#holderOf(exclusive) !== undefined) return STARTED_REASON.fixturesInUse;
    if (this.#jobsOn(backend) >= limits.maxJobsOf(backend)) return STARTED_REASON.backendBusy;
    return this.#total >= limits.maxRunnerPods ? STARTED_REASON.runnerLimitReached : undefined;
  }

  #holderOf(exclusive: string | undefined): string | undefined {
    if (exclusive === undefined) return undefined;
    this.#holders ??= new Map(this.#round.held());
    return this.#holders.get(exclusive);
  }

  #jobsOn(backend: string): number {
    return this.#round.active.jobsOn(backend) + (this.#addedOn.get(backend) ?? 0);
  }

  get #total(): number {
    return this.#round.active.size + this.#admitted.size;
  }
}

/** The order of turns. */
export function byTurn(a: Candidate, b: Candidate): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function plainName(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
