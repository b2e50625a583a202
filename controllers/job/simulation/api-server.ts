import type { MergePatch, Preconditions, RemoveOptions } from '../../kube/client.ts';
import { ApiError } from '../../kube/errors.ts';
import { joinKey } from '../../kube/key.ts';
import type { ApiResource, KubeObject } from '../../kube/resource.ts';

export type LogEntry = { type: 'added' | 'modified' | 'deleted'; object: KubeObject };
type Tree = { [key: string]: unknown };

/**
 * The parts of a kube-apiserver that the job controller relies on: versions, preconditions, finalizers, graceful
 * deletion. Objects are never changed in place, so all readers share them.
 */
export class ApiServer {
  /** Milliseconds since the epoch. */
  now = Date.parse('2026-01-01T00:00:00Z');
  /** Every change of a kind, in order: what watches deliver. */
  readonly log = new Map<string, LogEntry[]>();
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #version = 1;
  #uid = 1;

  all<T extends KubeObject>(resource: ApiResource<T>): T[] {
    return [...this.#kind(resource.plural).values()] as T[];
  }

  get<T extends KubeObject>(resource: ApiResource<T>, name: string, namespace?: string): T | undefined {
    return this.#kind(resource.plural).get(joinKey(namespace, name)) as T | undefined;
  }

  create<T extends KubeObject>(resource: ApiResource<T>, object: T): T {
    const { name = '', namespace } = object.metadata;
    if (this.get(resource, name, namespace)) throw new ApiError(409, 'AlreadyExists', `${name} already exists`);
    const metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? `${resource.kind}-${this.#uid++}`,
      creationTimestamp: new Date(this.now).toISOString(),
      generation: 1,
    };
    return this.#store(resource, 'added', { ...object, metadata });
  }

  patch<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    patch: MergePatch,
    preconditions: Preconditions,
  ): T {
    const old = this.#require(resource, name, namespace, preconditions);
    const merged = merge(old, patch) as T;
    if (JSON.stringify(old) === JSON.stringify(merged)) return old;
    if (JSON.stringify(specOf(old)) !== JSON.stringify(specOf(merged))) {
      merged.metadata = { ...merged.metadata, generation: (merged.metadata.generation ?? 0) + 1 };
    }
    const isFree = (merged.metadata.finalizers ?? []).length === 0;
    if (merged.metadata.deletionTimestamp !== undefined && isFree && merged.metadata.deletionGracePeriodSeconds === 0) {
      return this.#store(resource, 'deleted', merged);
    }
    return this.#store(resource, 'modified', merged);
  }

  remove(resource: ApiResource, name: string, namespace: string | undefined, options: RemoveOptions = {}): void {
    if (this.get(resource, name, namespace) === undefined) return;
    const object = this.#require(resource, name, namespace, options);
    // A Pod without a node gets none, whatever is asked for.
    const asked = graceOf(object) === 0 ? 0 : (options.gracePeriodSeconds ?? graceOf(object));
    const earlier = object.metadata.deletionGracePeriodSeconds;
    const grace = earlier === undefined ? asked : Math.min(earlier, asked);
    if (grace === 0 && (object.metadata.finalizers ?? []).length === 0) {
      this.#store(resource, 'deleted', object);
      return;
    }
    if (earlier !== undefined && grace === earlier) return;
    const deletionTimestamp = new Date(this.now + grace * 1000).toISOString();
    const metadata = { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace };
    this.#store(resource, 'modified', { ...object, metadata });
  }

  #require<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    preconditions: Preconditions,
  ): T {
    const object = this.get(resource, name, namespace);
    if (object === undefined) throw new ApiError(404, 'NotFound', `${resource.plural} "${name}" not found`);
    const { uid, resourceVersion } = preconditions;
    const holds =
      (uid === undefined || uid === object.metadata.uid) &&
      (resourceVersion === undefined || resourceVersion === object.metadata.resourceVersion);
    if (!holds) throw new ApiError(409, 'Conflict', `${name} was modified`);
    return object;
  }

  #store<T extends KubeObject>(resource: ApiResource<T>, type: LogEntry['type'], object: T): T {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version++) } };
    const key = joinKey(stored.metadata.namespace, stored.metadata.name ?? '');
    if (type === 'deleted') this.#kind(resource.plural).delete(key);
    else this.#kind(resource.plural).set(key, stored);
    const log = this.log.get(resource.plural) ?? [];
    log.push({ type, object: stored });
    this.log.set(resource.plural, log);
    return stored;
  }

  #kind(plural: string): Map<string, KubeObject> {
    const objects = this.#objects.get(plural) ?? new Map<string, KubeObject>();
    this.#objects.set(plural, objects);
    return objects;
  }
}

/** Only a Pod on a node is deleted gracefully. */
function graceOf(object: KubeObject): number {
  const spec = specOf(object) as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  return spec?.nodeName === undefined ? 0 : (spec.terminationGracePeriodSeconds ?? 30);
}

function specOf(object: KubeObject): unknown {
  return (object as { spec?: unknown }).spec;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const result: Tree = isTree(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
