import { ApiError, ConnectionError, isInvalid, isNotFound, isTooManyRequests } from './errors.ts';
import { pause } from './pause.ts';
import { type ApiResource, apiVersionOf, type KubeObject, pathOf } from './resource.ts';
import type { Call, Transport } from './transport.ts';

export type Preconditions = { uid?: string; resourceVersion?: string };
export type RemoveOptions = Preconditions & {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
};
export type ListOptions = { namespace?: string; labelSelector?: string; fieldSelector?: string };
export type Page<T> = {
  items: T[];
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
};

/** Any part of an object; null removes a field (RFC 7386). */
export type MergePatch = { metadata?: Record<string, unknown>; [field: string]: unknown };

export type KubeClientOptions = {
  transport: Transport;
  /** Called right before each write is sent, each repetition included; throws when writing is not allowed. */
  beforeWrite: () => void;
  timeoutMilliseconds?: number;
  /** Ends all calls before their time. */
  signal?: AbortSignal;
};

/** How a new object is written: by whom, and what becomes of fields that its kind does not have. */
export type CreateOptions = {
  fieldManager?: string;
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** Called right before each time that it is sent; what it throws is thrown. */
  beforeSend?: () => void;
};

export const PAGE_SIZE = 500;
const MERGE_PATCH = 'application/merge-patch+json';
const TRIES = 3;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/**
 * Reads and writes objects as raw JSON. Every call ends within its time-out; every write first calls `beforeWrite`.
 * Refusals are thrown as ApiError, lost connections as ConnectionError.
 */
export class KubeClient {
  readonly transport: Transport;
  readonly #beforeWrite: () => void;
  readonly #timeoutMilliseconds: number;
  readonly #signal: AbortSignal | undefined;

  constructor(options: KubeClientOptions) {
    this.transport = options.transport;
    this.#beforeWrite = options.beforeWrite;
    this.#timeoutMilliseconds = options.timeoutMilliseconds ?? 10_000;
    this.#signal = options.signal;
  }

  /** Undefined when there is no such object. */
  async get<T extends KubeObject>(resource: ApiResource<T>, name: string, namespace?: string): Promise<T | undefined> {
    try {
      return (await this.#read({ path: pathOf(resource, namespace, name) })) as T;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All objects, read in pages of 500. */
  async list<T extends KubeObject>(resource: ApiResource<T>, options: ListOptions = {}): Promise<T[]> {
    const items: T[] = [];
    let from: string | undefined;
    do {
      const page: Page<T> = await this.listPage(resource, options, { limit: PAGE_SIZE, ...(from && { from }) });
      for (const item of page.items) items.push(item);
      from = page.metadata.continue || undefined;
    } while (from !== undefined);
    return items;
  }

  /** One page of a consistent list. `limit` 0 asks for all at once. */
  async listPage<T extends KubeObject>(
    resource: ApiResource<T>,
    options: ListOptions,
    page: { limit: number; from?: string; signal?: AbortSignal },
  ): Promise<Page<T>> {
    const { namespace, labelSelector, fieldSelector } = options;
    const query = { labelSelector, fieldSelector, limit: page.limit || undefined, continue: page.from };
    const call = { path: pathOf(resource, namespace), query, ...(page.signal && { signal: page.signal }) };
    const answer = (await this.#read(call)) as Page<T>;
    // Listed items come without them, watched ones with them.
    const own = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    return { metadata: answer.metadata, items: answer.items.map((item) => Object.assign(item, own)) };
  }

  /** Never repeated unless the server surely did not act on it. */
  async create<T extends KubeObject>(
    resource: ApiResource<T>,
    object: NoInfer<T>,
    namespace?: string,
    { beforeSend, ...query }: CreateOptions = {},
  ): Promise<T> {
    const where = namespace ?? object.metadata.namespace;
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return (await this.#write({ method: 'POST', path: pathOf(resource, where), query, body }, beforeSend)) as T;
  }

  /** Merge patch. Preconditions that do not hold are a 409. */
  async patch<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    patch: MergePatch,
    preconditions: Preconditions,
  ): Promise<T> {
    const path = pathOf(resource, namespace, name);
    try {
      return (await this.#mergePatch(path, patch, preconditions)) as T;
    } catch (error) {
      // The API server calls a changed uid an invalid value, but it is an object that was deleted and made again.
      if (preconditions.uid !== undefined && isInvalid(error) && error.message.includes('metadata.uid'))
        throw new ApiError(409, 'Conflict', error.message);
      throw error;
    }
  }

  /** Merge patch of `/status` (`status` is its content), refused with 409 when the object is no longer at `resourceVersion`. */
  async patchStatus<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    status: MergePatch,
    resourceVersion: string,
  ): Promise<T> {
    return (await this.#mergePatch(pathOf(resource, namespace, name, 'status'), { status }, { resourceVersion })) as T;
  }

  /** Replaces the whole status; `object` carries name, namespace and resourceVersion. */
  async replaceStatus<T extends KubeObject>(resource: ApiResource<T>, object: NoInfer<T>): Promise<T> {
    const { name, namespace } = object.metadata;
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return (await this.#write({ method: 'PUT', path: pathOf(resource, namespace, name, 'status'), body })) as T;
  }

  /** Done also when there is no such object. A precondition that does not hold is a 409. */
  async remove(
    resource: ApiResource,
    name: string,
    namespace: string | undefined,
    options: RemoveOptions = {},
  ): Promise<void> {
    const { uid, resourceVersion, ...rest } = options;
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...rest };
    try {
      await this.#write({ method: 'DELETE', path: pathOf(resource, namespace, name), body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Deletes all objects of a namespace that the selector finds, in pages: one call would not end in time for thousands. */
  async removeAll(
    resource: ApiResource,
    namespace: string,
    labelSelector: string,
    limit: number = PAGE_SIZE,
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
    const path = pathOf(resource, namespace);
    let from: string | undefined;
    do {
      const query = { labelSelector, limit, continue: from };
      const page = (await this.#write({ method: 'DELETE', path, query, body })) as Page<KubeObject>;
      from = page.metadata?.continue || undefined;
    } while (from !== undefined);
  }

  #mergePatch(path: string, patch: MergePatch, preconditions: Preconditions): Promise<unknown> {
    const body = { ...patch, metadata: { ...patch.metadata, ...preconditions } };
    return this.#write({ method: 'PATCH', path, body, contentType: MERGE_PATCH });
  }

  #read(call: Omit<Call, 'method' | 'timeoutMilliseconds'>): Promise<unknown> {
    return this.#repeat({ method: 'GET', ...call }, mayRepeatRead);
  }

  #write(call: Omit<Call, 'timeoutMilliseconds'>, also?: () => void): Promise<unknown> {
    const beforeSend = () => {
      this.#beforeWrite();
      also?.();
    };
    return this.#repeat({ ...call, beforeSend }, wasNotApplied);
  }

  async #repeat(given: Omit<Call, 'timeoutMilliseconds'>, mayRepeat: (error: unknown) => boolean): Promise<unknown> {
    const call = this.#signal === undefined || given.signal !== undefined ? given : { ...given, signal: this.#signal };
    for (let failures = 1; ; failures++) {
      try {
        return await this.transport.call({ ...call, timeoutMilliseconds: this.#timeoutMilliseconds });
      } catch (error) {
        const milliseconds = pauseBefore(error, failures);
        if (failures >= TRIES || call.signal?.aborted || milliseconds > LONGEST_PAUSE_MILLISECONDS || !mayRepeat(error))
          throw error;
        await pause(milliseconds, call.signal);
      }
    }
  }
}

function mayRepeatRead(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return error instanceof ApiError && (error.code === 429 || error.code === 503 || error.code === 504);
}

/** Priority and fairness refuses with 429 before anything is done; a request that never left did nothing either. */
function wasNotApplied(error: unknown): boolean {
  return isTooManyRequests(error) || (error instanceof ConnectionError && !error.wasSent);
}

function pauseBefore(error: unknown, failures: number): number {
  if (error instanceof ApiError && error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
  return 100 * 2 ** failures * (0.5 + Math.random() / 2);
}
