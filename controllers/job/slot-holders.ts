/** What holds a slot for a job: its recorded attempt, its Pods (by uid), and what is under way to either. */
export type Hold = 'job' | 'taken' | 'creating' | `pod ${string}`;

/** The jobs that count against the limits, each once, by what holds a slot for it. */
export class SlotHolders {
  /** uid of the job → what holds its slot → backend. */
  readonly #holds = new Map<string, Map<Hold, string>>();
  readonly #jobsOn = new Map<string, number>();
  /** Grows with each change of what counts: how many jobs there are, or on which backend one is. */
  version = 0;

  /** Jobs that hold a slot. */
  get size(): number {
    return this.#holds.size;
  }

  jobsOn(backend: string): number {
    return this.#jobsOn.get(backend) ?? 0;
  }

  has(uid: string): boolean {
    return this.#holds.has(uid);
  }

  hold(uid: string, by: Hold, backend: string): void {
    this.#change(uid, (holds) => holds.set(by, backend));
  }

  letGo(uid: string, by: Hold): void {
    if (this.#holds.has(uid)) this.#change(uid, (holds) => holds.delete(by));
  }

  #change(uid: string, change: (holds: Map<Hold, string>) => void): void {
    const holds = this.#holds.get(uid) ?? new Map<Hold, string>();
    const before = backendOf(holds);
    change(holds);
    const after = backendOf(holds);
    if (holds.size === 0) this.#holds.delete(uid);
    else this.#holds.set(uid, holds);
    if (before === after) return;
    this.version++;
    if (before !== undefined) this.#count(before, -1);
    if (after !== undefined) this.#count(after, 1);
  }

  #count(backend: string, sign: 1 | -1): void {
    const count = this.jobsOn(backend) + sign;
    if (count === 0) this.#jobsOn.delete(backend);
    else this.#jobsOn.set(backend, count);
  }
}

/** The job itself says best which backend it uses: what a Pod says, others may have changed. */
function backendOf(holds: ReadonlyMap<Hold, string>): string | undefined {
  return holds.get('job') ?? holds.get('taken') ?? holds.get('creating') ?? holds.values().next().value;
}
