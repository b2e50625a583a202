import { joinKey, keyOf } from './key.ts';
import type { KubeObject } from './resource.ts';

/** Objects by key, and by the values of declared indexes. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexers: Record<string, (object: T) => string[]>;
  readonly #indexes = new Map<string, Map<string, Map<string, T>>>();

  constructor(indexers: Record<string, (object: T) => string[]> = {}) {
    this.#indexers = indexers;
    for (const index of Object.keys(indexers)) this.#indexes.set(index, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(joinKey(namespace, name));
  }

  all(): T[] {
    return [...this.#objects.values()];
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  getByKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  by(index: string, value: string): T[] {
    const values = this.#indexes.get(index);
    if (values === undefined) throw new Error(`No index "${index}" was declared.`);
    return [...(values.get(value)?.values() ?? [])];
  }

  set(object: T): void {
    const key = keyOf(object);
    this.delete(key);
    this.#objects.set(key, object);
    for (const [index, valuesOf] of Object.entries(this.#indexers)) {
      const values = this.#indexes.get(index);
      for (const value of valuesOf(object)) {
        const found = values?.get(value) ?? new Map<string, T>();
        found.set(key, object);
        values?.set(value, found);
      }
    }
  }

  delete(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    for (const [index, valuesOf] of Object.entries(this.#indexers)) {
      const values = this.#indexes.get(index);
      for (const value of valuesOf(old)) {
        const found = values?.get(value);
        found?.delete(key);
        // Values come and go with the objects: an emptied one would stay in memory for ever.
        if (found?.size === 0) values?.delete(value);
      }
    }
  }
}
