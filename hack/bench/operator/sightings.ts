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

  /** When it is, or was, first seen. */
  async time(name: string): Promise<number> {
    const known = this.#times.get(name);
    if (known !== undefined) return known;
    const awaited = Promise.withResolvers<number>();
    this.#awaited.set(name, awaited.resolve);
    return await awaited.promise;
  }

  /** When the last of so many was seen. May be awaited once at a time. */
  async all(count: number): Promise<number> {
    if (this.#times.size >= count) return Math.max(...this.#times.values());
    const enough = Promise.withResolvers<number>();
    this.#enough = { count, resolve: enough.resolve };
    return await enough.promise;
  }

  get size(): number {
    return this.#times.size;
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
