import type { ApiResource, KubeObject } from './resource.ts';

export type Preconditions = { uid?: string; resourceVersion?: string };
export type RemoveOptions = Preconditions & {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
};
export type ListOptions = { namespace?: string; labelSelector?: string; fieldSelector?: string };

/** Any part of an object; null removes a field (RFC 7386). */
export type MergePatch = Record<string, unknown>;

/**
 * Reads and writes objects as raw JSON. Every call ends within its time-out; every write first calls `beforeWrite`.
 * Refusals are thrown as ApiError, lost connections as ConnectionError.
 */
export declare class KubeClient {
  /** Undefined when there is no such object. */
  get<T extends KubeObject>(resource: ApiResource<T>, name: string, namespace?: string): Promise<T | undefined>;
  /** All objects, read in pages of 500. */
  list<T extends KubeObject>(resource: ApiResource<T>, options?: ListOptions): Promise<T[]>;
  /** Never repeated unless the server surely did not see it. */
  create<T extends KubeObject>(resource: ApiResource<T>, object: NoInfer<T>, namespace?: string): Promise<T>;
  /** Merge patch; a precondition is compulsory (uid or resourceVersion; conflict = ApiError 409). */
  patch<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    patch: MergePatch,
    preconditions: Preconditions,
  ): Promise<T>;
  /** Merge patch of `/status`, refused with 409 when the object is no longer at `resourceVersion`. */
  patchStatus<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    status: MergePatch,
    resourceVersion: string,
  ): Promise<T>;
  /** Done also when there is no such object. A precondition that does not hold is a 409. */
  remove(resource: ApiResource, name: string, namespace: string | undefined, options?: RemoveOptions): Promise<void>;
}
