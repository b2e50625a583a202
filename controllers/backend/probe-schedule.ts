import type { RuneBackend } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';

type Entry = { spec: string; due: number; failures: number };

/** When each backend is to be probed next: at once when its spec is new, however often other changes are seen. */
export class ProbeSchedule {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when it is due. */
  millisecondsUntilDue(key: string, backend: RuneBackend): number {
    return Math.max(0, (this.#entry(key, backend)?.due ?? 0) - this.#clock.monotonic());
  }

  /** Failures in a row up to now. */
  failures(key: string, backend: RuneBackend): number {
    return this.#entry(key, backend)?.failures ?? 0;
  }

  probed(key: string, backend: RuneBackend, failures: number, pauseMilliseconds: number): void {
    const due = this.#clock.monotonic() + pauseMilliseconds;
    this.#entries.set(key, { spec: specOf(backend), due, failures });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  #entry(key: string, backend: RuneBackend): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry?.spec === specOf(backend) ? entry : undefined;
  }
}

function specOf({ metadata }: RuneBackend): string {
  return `${metadata.uid}/${metadata.generation}`;
}
