import type { Logger } from 'pino';
import { keyOf } from './key.ts';
import type { KubeObject } from './resource.ts';
import { isOlder } from './resource-version.ts';
import { Store } from './store.ts';

export type Change<T> = { type: 'added' | 'modified' | 'deleted'; object: T; old?: T };

/** A store that tells of each change, and never exchanges an object for an older one. */
export class Cache<T extends KubeObject> extends Store<T> {
  readonly #logger: Logger;
  readonly #handlers: ((change: Change<T>) => void)[] = [];

  constructor(logger: Logger, indexers?: Record<string, (object: T) => string[]>) {
    super(indexers);
    this.#logger = logger;
  }

  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  /** Objects that are in the cache but not in the list were deleted while nobody watched. */
  replace(listed: Map<string, T>): void {
    for (const key of this.keys()) if (!listed.has(key)) this.remove(key);
    for (const object of listed.values()) this.put(object);
  }

  put(object: T): void {
    const key = keyOf(object);
    const old = this.getByKey(key);
    const isSame = old !== undefined && old.metadata.uid === object.metadata.uid;
    if (isSame && !isOlder(old.metadata.resourceVersion, object.metadata.resourceVersion)) return;
    // Deleted and made again under the same name while nobody watched.
    if (!isSame) this.remove(key);
    this.set(object);
    this.#tell(isSame ? { type: 'modified', object, old } : { type: 'added', object });
  }

  /** @param last The object as it was when it was deleted, where that is known. */
  remove(key: string, last?: T): void {
    const old = this.getByKey(key);
    if (old === undefined) return;
    this.delete(key);
    this.#tell({ type: 'deleted', object: last ?? old, old });
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#logger.error({ err: error, key: keyOf(change.object) }, 'a handler of changes failed');
      }
    }
  }
}
