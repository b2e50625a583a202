import type { ApiResource, KubeObject } from '../../../controllers/kube/resource.ts';
import type { Admin } from '../../e2e/faults/admin.ts';

type Choice<T extends KubeObject> = {
  resource: ApiResource<T>;
  namespace: string;
  /** The names under which the object is noted; none while it is not as awaited. */
  namesOf: (object: T) => readonly string[];
};

/** When objects were first seen as awaited, by the clock of this process (milliseconds of `performance.now`). */
export class Sightings {
  readonly #times = new Map<string, number>();
  readonly #awaited = new Map<string, (time: number) => void>();
  #enough: { count: number; resolve: (time: number) => void } | undefined;

  static async of<T extends KubeObject>(admin: Admin, { namesOf, ...choice }: Choice<T>): Promise<Sightings> {
    const sightings = new Sightings();
    const informer = await admin.informer(choice);
    informer.onChange(({ type, object }) => {
      if (type === 'deleted') return;
      for (const name of namesOf(object)) sightings.#note(name);
    });
    return sightings;
  }

  /** When it is, or was, first seen. @throws Error after a minute */
  async time(name: string): Promise<number> {
    const known = this.#times.get(name);
    if (known !== undefined) return known;
    const awaited = Promise.withResolvers<number>();
    this.#awaited.set(name, awaited.resolve);
    return await within(60, awaited.promise, () => `${name} was not seen`);
  }

  /** When the last of so many was seen; awaited once at a time. @throws Error after half an hour */
  async all(count: number): Promise<number> {
    if (this.#times.size >= count) return [...this.#times.values()].toSorted((a, b) => a - b)[count - 1] ?? Number.NaN;
    const enough = Promise.withResolvers<number>();
    this.#enough = { count, resolve: enough.resolve };
    return await within(1800, enough.promise, () => `${this.#times.size} of ${count} were seen`);
  }

  #note(name: string): void {
    if (this.#times.has(name)) return;
    const now = performance.now();
    this.#times.set(name, now);
    this.#awaited.get(name)?.(now);
    this.#awaited.delete(name);
    if (this.#enough !== undefined && this.#times.size >= this.#enough.count) this.#enough.resolve(now);
  }
}

async function within<T>(seconds: number, work: Promise<T>, missing: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`within ${seconds} s ${missing()}`)), seconds * 1000);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
