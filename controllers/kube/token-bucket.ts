import type { Clock } from '../clock.ts';

/** For each key a bucket of `burst` tokens that gets one back each `refillMilliseconds`. Forgets the least used keys. */
export class TokenBuckets {
  readonly #burst: number;
  readonly #refillMilliseconds: number;
  readonly #maxKeys: number;
  readonly #clock: Clock;
  /** Oldest use first. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(burst: number, refillMilliseconds: number, maxKeys: number, clock: Clock) {
    this.#burst = burst;
    this.#refillMilliseconds = refillMilliseconds;
    this.#maxKeys = maxKeys;
    this.#clock = clock;
  }

  /** Takes a token; false when there is none. */
  take(key: string): boolean {
    const now = this.#clock.monotonic();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    const filled = Math.min(this.#burst, tokens + (now - at) / this.#refillMilliseconds);
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxKeys && oldest !== undefined) this.#buckets.delete(oldest);
    return filled >= 1;
  }
}
