import type { KubeObject } from './kube/resource.ts';

/** Our own last writes, until the cache has caught up: a reconcile never decides on an older status than it wrote. */
export class OwnWrites<T extends KubeObject> {
  readonly #written = new Map<string, T>();
  readonly #project: (object: T) => T;

  /** @param project what the cache keeps of an object */
  constructor(project: (object: T) => T) {
    this.#project = project;
  }

  remember(key: string, written: T): void {
    this.#written.set(key, this.#project(written));
  }

  /** The newer of the cached object and our last write; the cached one when they are different objects. */
  newest(key: string, cached: T | undefined): T | undefined {
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    const isNewer =
      cached !== undefined && cached.metadata.uid === written.metadata.uid && version(written) > version(cached);
    if (isNewer) return written;
    this.#written.delete(key);
    return cached;
  }
}

/** resourceVersions of one kind grow, so they can be compared as numbers (KEP-5504). */
function version({ metadata }: KubeObject): bigint {
  return BigInt(metadata.resourceVersion ?? '0');
}
