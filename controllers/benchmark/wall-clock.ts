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
  /** By the number of the day since the epoch: at its begin. To look it up takes longer than all else here. */
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
    const day = Math.floor(time / DAY);
    const offset = this.#atBeginOf(day);
    if (offset === this.#atBeginOf(day + 1)) return { offset, until: (day + 1) * DAY };
    return { offset: this.#zone.offset(time) * MINUTE, until: (Math.floor(time / QUARTER) + 1) * QUARTER };
  }

  #atBeginOf(day: number): number {
    const known = this.#offsets.get(day);
    if (known !== undefined) return known;
    const offset = this.#zone.offset(day * DAY) * MINUTE;
    if (this.#offsets.size >= MOST_REMEMBERED) this.#offsets.clear();
    this.#offsets.set(day, offset);
    return offset;
  }
}
