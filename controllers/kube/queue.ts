import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { backoffMilliseconds } from './backoff.ts';

type QueueOptions = { name: string; metrics: Metrics; clock: Clock; random?: () => number };

const BACKOFF_MILLISECONDS = 5;
const MAX_BACKOFF_MILLISECONDS = 300_000;
/** setTimeout fires at once for a longer delay. */
const LONGEST_TIMEOUT_MILLISECONDS = 2 ** 31 - 1;

/**
 * Keys that wait to be worked on, first come first served. A key waits at most once and is never worked on by two at
 * once: one that is added meanwhile waits again as soon as it is done. The same rules as client-go's work queue.
 */
export class KeyQueue {
  readonly #options: QueueOptions;
  readonly #label: { name: string };
  /** Keys that wait, with the time since when, in their order. */
  readonly #waiting = new Map<string, number>();
  readonly #working = new Map<string, number>();
  /** Keys added while they were worked on. */
  readonly #again = new Map<string, number>();
  readonly #delayed = new Map<string, { due: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #isShutDown = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#label = { name: options.name };
    options.metrics.queues.add(this);
    this.#reportDepth();
  }

  /** Keys that wait now; delayed ones do not count. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Adds now, or after a delay. A key that waits already is not added twice; the earlier of two delays holds. */
  add(key: string, afterMilliseconds = 0): void {
    if (this.#isShutDown) return;
    if (afterMilliseconds > 0) this.#addLater(key, this.#now() + afterMilliseconds);
    else this.#addNow(key);
  }

  /** Adds after the key's backoff: 5 ms doubling to 5 min, with jitter. Returns the delay in milliseconds. */
  addAfterFailure(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.metrics.workqueue.retries.inc(this.#label);
    const random = this.#options.random ?? Math.random;
    const delay = backoffMilliseconds(failures, BACKOFF_MILLISECONDS, MAX_BACKOFF_MILLISECONDS, random);
    this.add(key, delay);
    return delay;
  }

  /** Ends the key's backoff. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; undefined when the queue was shut down. Then `done` must be called. */
  take(): Promise<string | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined);
    const taken = Promise.withResolvers<string | undefined>();
    this.#takers.push(taken.resolve);
    this.#handOut();
    return taken.promise;
  }

  done(key: string): void {
    const began = this.#working.get(key);
    if (began === undefined) return;
    this.#working.delete(key);
    this.#options.metrics.workqueue.work.observe(this.#label, (this.#now() - began) / 1000);
    const addedAt = this.#again.get(key);
    if (addedAt === undefined) return;
    this.#again.delete(key);
    this.#waiting.set(key, addedAt);
    this.#handOut();
  }

  /** Drops what waits; whoever takes gets undefined. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const give of this.#takers.splice(0)) give(undefined);
    this.#reportDepth();
    this.#options.metrics.queues.delete(this);
  }

  reportUnfinishedWork(): void {
    const now = this.#now();
    let sum = 0;
    let longest = 0;
    for (const began of this.#working.values()) {
      sum += now - began;
      longest = Math.max(longest, now - began);
    }
    this.#options.metrics.workqueue.unfinished.set(this.#label, sum / 1000);
    this.#options.metrics.workqueue.longestRunning.set(this.#label, longest / 1000);
  }

  #addNow(key: string): void {
    if (this.#waiting.has(key) || this.#again.has(key)) return;
    this.#options.metrics.workqueue.adds.inc(this.#label);
    if (this.#working.has(key)) {
      this.#again.set(key, this.#now());
      return;
    }
    this.#waiting.set(key, this.#now());
    this.#handOut();
  }

  #addLater(key: string, due: number): void {
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined) {
      if (earlier.due <= due) return;
      clearTimeout(earlier.timer);
    }
    const delay = Math.min(due - this.#now(), LONGEST_TIMEOUT_MILLISECONDS);
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key, due - this.#now());
    }, delay);
    this.#delayed.set(key, { due, timer });
  }

  #handOut(): void {
    for (const [key, addedAt] of this.#waiting) {
      const give = this.#takers.shift();
      if (give === undefined) break;
      this.#waiting.delete(key);
      this.#working.set(key, this.#now());
      this.#options.metrics.workqueue.wait.observe(this.#label, (this.#now() - addedAt) / 1000);
      give(key);
    }
    this.#reportDepth();
  }

  #reportDepth(): void {
    this.#options.metrics.workqueue.depth.set(this.#label, this.#waiting.size);
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}
