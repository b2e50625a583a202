import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { isConflict } from './kube/errors.ts';
import { KeyQueue } from './kube/queue.ts';
import type { Metrics } from './metrics.ts';

/** Left out or undefined: reconcile again only when something changes. */
export type ReconcileResult = { requeueAfterMilliseconds?: number };

export type ControllerOptions = {
  name: string;
  queue?: KeyQueue;
  workers: number;
  /** `key` is `namespace/name`, or `name` for cluster-scoped kinds. What it throws is logged and tried again with backoff. */
  reconcile: (key: string) => Promise<ReconcileResult | undefined>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** Works off a queue of keys with a few workers; never on the same key in two of them. Knows no kind. */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue: KeyQueue;
  readonly #logger: Logger;
  #workers: Promise<void>[] = [];

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#queue = options.queue ?? new KeyQueue(options);
    this.#logger = options.logger.child({ controller: options.name });
  }

  /** Keys that are added before the start wait for it. */
  enqueue(key: string, afterMilliseconds = 0): void {
    this.#queue.add(key, afterMilliseconds);
  }

  /** To be called when the caches are filled. */
  start(): void {
    if (this.#workers.length > 0) return;
    this.#workers = Array.from({ length: this.#options.workers }, () => this.#work());
  }

  /** Takes no more keys and waits for what runs, at most `boundMilliseconds`. True when all ended. */
  async stop(boundMilliseconds: number): Promise<boolean> {
    this.#queue.shutDown();
    const bound = new AbortController();
    const ended = Promise.all(this.#workers).then(() => true);
    const late = sleep(boundMilliseconds, false, { signal: bound.signal }).catch(() => false);
    const isEnded = await Promise.race([ended, late]);
    bound.abort();
    return isEnded;
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      try {
        await this.#reconcile(key);
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { clock, metrics } = this.#options;
    const start = clock.monotonic();
    let result = 'success';
    try {
      const after = (await this.#options.reconcile(key))?.requeueAfterMilliseconds;
      this.#queue.forget(key);
      if (after !== undefined) {
        result = 'requeue_after';
        this.#queue.add(key, after);
      }
    } catch (error) {
      result = 'error';
      const retryInMilliseconds = Math.round(this.#queue.addAfterFailure(key));
      // A conflict says only that the cache was behind; the next try sees what was missed.
      if (isConflict(error)) this.#logger.debug({ err: error, key, retryInMilliseconds }, 'conflict');
      else this.#logger.error({ err: error, key, retryInMilliseconds }, 'reconcile failed');
    } finally {
      metrics.reconcile.total.inc({ controller: this.name, result });
      metrics.reconcile.duration.observe({ controller: this.name }, (clock.monotonic() - start) / 1000);
    }
  }
}
