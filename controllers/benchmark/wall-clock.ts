import { IANAZone } from 'luxon';
import { ScheduleError } from './schedule-error.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Clocks change at such times. */
const QUARTER = 15 * MINUTE;
const MOST_REMEMBERED = 4096;

/** By time zone: what was looked up once is known to all. */
const clocks = new Map<string, WallClock>();

/** @throws ScheduleError */
export function wallClock(timeZone: string): WallClock {
  const clock = clocks.get(timeZone) ?? new WallClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

/** How far the clock on the wall of a time zone is ahead of UTC. Times are milliseconds since the epoch. */
class WallClock {
  readonly #zone: IANAZone;
  /** What was looked up, which takes longer than all else here. */
  readonly #offsets = new Map<number, number>();

  constructor(timeZone: string) {
    // What looks like an offset is taken by some, but not by Kubernetes.
    if (!/^[A-Za-z]/.test(timeZone) || !IANAZone.isValidZone(timeZone)) {
      const message = `spec.timeZone "${timeZone}" is not in the IANA database: use a name such as Europe/Berlin, or Etc/UTC.`;
      throw new ScheduleError('UnknownTimeZone', message);
    }
    this.#zone = IANAZone.create(timeZone);
  }

  /** @returns the offset in milliseconds, and the time up to which it surely holds */
  offset(time: number): { offset: number; until: number } {
    const day = Math.floor(time / DAY) * DAY;
    const offset = this.#lookUp(day);
    if (offset === this.#lookUp(day + DAY)) return { offset, until: day + DAY };
    const quarter = Math.floor(time / QUARTER) * QUARTER;
    return { offset: this.#lookUp(quarter), until: quarter + QUARTER };
  }

  #lookUp(time: number): number {
    const known = this.#offsets.get(time);
    if (known !== undefined) return known;
    const offset = this.#zone.offset(time) * MINUTE;
    if (this.#offsets.size >= MOST_REMEMBERED) this.#offsets.clear();
    this.#offsets.set(time, offset);
    return offset;
  }
}
