import { type CronFields, parseFields } from './cron-fields.ts';
import { wallClock } from './wall-clock.ts';

const MINUTE = 60_000;
/** As in github.com/robfig/cron: February 29 may be eight years away, which is not waited for. */
const LONGEST_WAIT = 5 * 366 * 24 * 60 * MINUTE;

/**
 * Times by the syntax of CronJob, and as its controller reads it: a minute is due when the clock on the wall of the time
 * zone shows a time that the schedule names. So what falls into the hour that is left out in spring is not run that day,
 * and what falls into the hour that comes twice in autumn is run twice. Times are milliseconds since the epoch.
 */
export class Schedule {
  readonly #fields: CronFields;
  readonly #clock: ReturnType<typeof wallClock>;

  /** @throws ScheduleError */
  constructor(text: string, timeZone: string) {
    this.#fields = parseFields(text);
    this.#clock = wallClock(timeZone);
  }

  /** The first time after `time`; undefined when there is none within five years. */
  next(time: number): number | undefined {
    const end = time + LONGEST_WAIT;
    for (let at = (Math.floor(time / MINUTE) + 1) * MINUTE; at < end; ) {
      const { offset, until } = this.#clock.offset(at);
      const skip = this.#minutesToSkip(new Date(at + offset));
      if (skip === 0) return at;
      at = Math.min(at + skip * MINUTE, until);
    }
    return undefined;
  }

  /** 0 for a time that is due; else how far none is, unless the clock changes. `wall`: what it shows, read as UTC. */
  #minutesToSkip(wall: Date): number {
    const [hour, minute] = [wall.getUTCHours(), wall.getUTCMinutes()];
    if (!this.#isDay(wall)) return (24 - hour) * 60 - minute;
    if (!this.#fields.hours.has(hour)) return 60 - minute;
    return this.#fields.minutes.has(minute) ? 0 : 1;
  }

  #isDay(wall: Date): boolean {
    const { months, daysOfMonth, daysOfWeek, mustMatchBoth } = this.#fields;
    if (!months.has(wall.getUTCMonth() + 1)) return false;
    const isOfMonth = daysOfMonth.has(wall.getUTCDate());
    const isOfWeek = daysOfWeek.has(wall.getUTCDay());
    return mustMatchBoth ? isOfMonth && isOfWeek : isOfMonth || isOfWeek;
  }
}
