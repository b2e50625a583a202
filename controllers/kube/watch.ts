import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { backoffMilliseconds } from './backoff.ts';
import { Cache, type Change } from './cache.ts';
import { type KubeClient, PAGE_SIZE } from './client.ts';
import { ApiError, isGone } from './errors.ts';
import { keyOf } from './key.ts';
import { pause } from './pause.ts';
import { type ApiResource, apiVersionOf, type KubeObject, pathOf } from './resource.ts';
import { SilenceError, type WatchEvent, watchEvents } from './watch-stream.ts';

export type { Change } from './cache.ts';

export type InformerOptions<T extends KubeObject> = {
  client: KubeClient;
  resource: ApiResource<T>;
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** What of an object is kept in memory; it may change the object that it is given. managedFields are always dropped. */
  project?: (object: T) => T;
  /** For each index, the values under which an object is found by `by(index, value)`. */
  indexers?: Record<string, (object: T) => string[]>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
  timing?: Partial<InformerTiming>;
};

export type InformerTiming = {
  /** Bookmarks come about once a minute; after two that did not come the watch is opened anew. */
  silenceMilliseconds: number;
  backoffMilliseconds: number;
  maxBackoffMilliseconds: number;
  /** Without a connection for so long, the alarm is raised. */
  alarmMilliseconds: number;
};

const TIMING: InformerTiming = {
  silenceMilliseconds: 120_000,
  backoffMilliseconds: 200,
  maxBackoffMilliseconds: 10_000,
  alarmMilliseconds: 120_000,
};
const WATCH_SECONDS = 290;
/** So often the server may refuse in a row before the kind is listed anew, whatever the refusals say. */
const REFUSALS_BEFORE_LIST = 5;
/** A watch that lived so long was a good one, even if it carried nothing. */
const LIVED_MILLISECONDS = 5_000;

/**
 * Keeps the objects of a kind in memory: lists them once, then watches. Whatever breaks, it goes on from the last
 * resourceVersion, and lists anew only where the server no longer has that. It runs until it is stopped.
 */
export class Informer<T extends KubeObject> {
  readonly resource: ApiResource<T>;
  readonly #options: InformerOptions<T>;
  readonly #timing: InformerTiming;
  readonly #logger: Logger;
  readonly #cache: Cache<T>;
  readonly #stop = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #hasSynced = false;
  /** By the monotonic clock; undefined while connected. */
  #disconnectedSince: number | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #failures = 0;
  #connectedAt: number | undefined;
  #pageSize = PAGE_SIZE;
  #running: Promise<void> | undefined;

  constructor(options: InformerOptions<T>) {
    this.resource = options.resource;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#logger = options.logger.child({ informer: options.resource.plural });
    this.#cache = new Cache(this.#logger, options.indexers);
    // Whoever waits for `synced` gets the rejection; with nobody waiting it is not an error.
    this.#firstList.promise.catch(() => undefined);
  }

  /** True once the first list is in the cache. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** False when it has not been connected for two minutes. */
  get isHealthy(): boolean {
    const since = this.#disconnectedSince;
    return since === undefined || this.#options.clock.monotonic() - since < this.#timing.alarmMilliseconds;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#cache.get(namespace, name);
  }

  all(): T[] {
    return this.#cache.all();
  }

  /** Objects for which the index `index` gives `value`; throws for an index that was not declared. */
  by(index: string, value: string): T[] {
    return this.#cache.by(index, value);
  }

  /** Handlers only enqueue; what one throws is logged. */
  onChange(handler: (change: Change<T>) => void): void {
    this.#cache.onChange(handler);
  }

  start(): void {
    this.#disconnected();
    this.#running ??= this.#run();
  }

  /** Resolves when `hasSynced` becomes true; rejects when it is stopped before. */
  synced(): Promise<void> {
    return this.#firstList.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error(`the informer of ${this.resource.plural} was stopped`));
    clearTimeout(this.#alarm);
    await this.#running;
    this.#gauge('connected', 0);
    this.#firstList.reject(this.#stop.signal.reason);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
        // A server that ends each watch at once must not be asked in a tight loop.
        if (this.#watchedFor() < LIVED_MILLISECONDS) await this.#pause(undefined);
        else this.#failures = 0;
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    this.#disconnected();
    if (error instanceof Error && error.cause instanceof SilenceError) {
      this.#logger.debug({ error: error.message }, 'watch opened anew');
      return;
    }
    this.#options.metrics.informer.failures.inc({ kind: this.resource.kind });
    if (this.#watchedFor() > LIVED_MILLISECONDS) this.#failures = 0;
    this.#connectedAt = undefined;
    const listsAnew = isGone(error) || (isRefusal(error) && this.#failures >= REFUSALS_BEFORE_LIST);
    this.#logger.warn({ err: error, listsAnew, resourceVersion: this.#resourceVersion }, 'watch failed');
    if (listsAnew) {
      // A list in pages that became too old on its way is read in one piece.
      if (isGone(error) && this.#resourceVersion === undefined) this.#pageSize = 0;
      this.#resourceVersion = undefined;
    }
    await this.#pause(error);
  }

  /** Milliseconds since the watch was opened. */
  #watchedFor(): number {
    return this.#connectedAt === undefined ? 0 : this.#options.clock.monotonic() - this.#connectedAt;
  }

  async #pause(error: unknown): Promise<void> {
    this.#failures++;
    const { backoffMilliseconds: base, maxBackoffMilliseconds: max } = this.#timing;
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const milliseconds = Math.max(backoffMilliseconds(this.#failures, base, max), Math.min(asked, max));
    await pause(milliseconds, this.#stop.signal).catch(() => undefined);
  }

  async #list(): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector, metrics } = this.#options;
    const selection = {
      ...(namespace && { namespace }),
      ...(labelSelector && { labelSelector }),
      ...(fieldSelector && { fieldSelector }),
    };
    const listed = new Map<string, T>();
    let from: string | undefined;
    let resourceVersion: string | undefined;
    do {
      const page = await client.listPage(this.resource, selection, {
        limit: this.#pageSize,
        ...(from && { from }),
        signal: this.#stop.signal,
      });
      for (const item of page.items) {
        const object = this.#project(item);
        listed.set(keyOf(object), object);
      }
      from = page.metadata.continue || undefined;
      resourceVersion = page.metadata.resourceVersion;
    } while (from !== undefined && !this.#stop.signal.aborted);
    this.#stop.signal.throwIfAborted();
    metrics.informer.relists.inc({ kind: this.resource.kind });
    this.#pageSize = PAGE_SIZE;
    this.#resourceVersion = resourceVersion;
    this.#cache.replace(listed);
    this.#gauge('objects', this.#cache.size);
    this.#hasSynced = true;
    this.#firstList.resolve();
  }

  async #watch(): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector } = this.#options;
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS,
      resourceVersion: this.#resourceVersion,
      labelSelector,
      fieldSelector,
    };
    const path = pathOf(this.resource, namespace);
    const body = await client.transport.stream(path, query, this.#stop.signal);
    this.#connected();
    for await (const event of watchEvents<T>(body, this.#timing.silenceMilliseconds)) {
      this.#failures = 0;
      this.#apply(event);
    }
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type !== 'BOOKMARK') {
      const object = this.#project(event.object);
      if (event.type === 'DELETED') this.#cache.remove(keyOf(object), object);
      else this.#cache.put(object);
      this.#gauge('objects', this.#cache.size);
    }
    // After the handlers: what was not applied comes again.
    this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  #project(object: T): T {
    object.apiVersion ??= apiVersionOf(this.resource);
    object.kind ??= this.resource.kind;
    delete object.metadata.managedFields;
    delete object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
    return this.#options.project?.(object) ?? object;
  }

  #connected(): void {
    if (this.#disconnectedSince !== undefined) this.#logger.debug('watching');
    this.#disconnectedSince = undefined;
    this.#connectedAt = this.#options.clock.monotonic();
    clearTimeout(this.#alarm);
    this.#gauge('connected', 1);
  }

  #disconnected(): void {
    this.#gauge('connected', 0);
    if (this.#disconnectedSince !== undefined) return;
    const seconds = this.#timing.alarmMilliseconds / 1000;
    this.#disconnectedSince = this.#options.clock.monotonic();
    this.#alarm = setTimeout(
      () => this.#logger.error(`not connected for ${seconds} s: what we know of ${this.resource.plural} is old`),
      this.#timing.alarmMilliseconds,
    );
  }

  #gauge(name: 'connected' | 'objects', value: number): void {
    this.#options.metrics.informer[name].set({ kind: this.resource.kind }, value);
  }
}

/** The server is there and does not want this watch; busy or starting servers are not meant. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.code !== 429 && error.code !== 503;
}
