import type { RuneJob } from '../../crds/types.ts';
import { projectJob } from './project.ts';

/** Our own last writes, until the cache has caught up: a reconcile never decides on an older status than it wrote. */
export class OwnWrites {
  readonly #written = new Map<string, RuneJob>();

  remember(key: string, written: RuneJob): void {
    this.#written.set(key, projectJob(written));
  }

  /** The newer of the cached object and our last write; the cached one when they are different objects. */
  newest(key: string, cached: RuneJob | undefined): RuneJob | undefined {
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
function version(job: RuneJob): bigint {
  return BigInt(job.metadata.resourceVersion ?? '0');
}
