import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';

export declare class KeyQueue {
  constructor(options: { name: string; metrics: Metrics; clock: Clock; random?: () => number });
  /** Adds now, or after a delay. A key that waits already is not added twice; the earlier of two times holds. */
  add(key: string, afterMilliseconds?: number): void;
  /** Adds after the key's backoff: 5 ms doubling to 5 min, with jitter. */
  addAfterFailure(key: string): void;
  /** Ends the key's backoff. */
  forget(key: string): void;
  /** The next key, or undefined when the queue was shut down. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  shutDown(): void;
  readonly length: number;
}
