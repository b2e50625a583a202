import type { Schedule } from './schedule.ts';

/** Times are milliseconds since the epoch. */
export type DueInput = {
  /** Since when the schedule counts. */
  since: number;
  /** The schedule's last time that was acted upon. */
  last: number | undefined;
  /** Times that are longer ago are not made up for. */
  deadlineSeconds: number | undefined;
  now: number;
};

export type Due = {
  /** The newest of the times that have come and were not acted upon. */
  time?: number;
  /** How many have come; at most one more than {@link MANY_MISSED}. */
  missed: number;
  /** Where there is no such time: the newest one for which it is too late. */
  tooLate?: number;
};

/** As a CronJob: more than so many missed times are worth a warning. */
export const MANY_MISSED = 100;

/**
 * Which time of the schedule is due. Of several that passed, as while the operator was away, only the newest counts.
 * Follows the CronJob controller of Kubernetes (mostRecentScheduleTime), but that it counts instead of guessing where
 * times are not evenly spread.
 */
export function due(schedule: Schedule, { since, last, deadlineSeconds, now }: DueInput): Due {
  const from = Math.max(since, last ?? since);
  const inTime = deadlineSeconds === undefined ? from : Math.max(from, now - deadlineSeconds * 1000);
  const time = newest(schedule, inTime, now);
  if (time !== undefined) return { time, missed: count(schedule, inTime, now) };
  const tooLate = inTime === from ? undefined : newest(schedule, from, now);
  return { missed: 0, ...(tooLate === undefined ? {} : { tooLate }) };
}

/** The newest time after `from`, up to `now`. */
function newest(schedule: Schedule, from: number, now: number): number | undefined {
  let time: number | undefined;
  for (let next = schedule.next(from); next !== undefined && next <= now; ) {
    time = next;
    next = schedule.next(leap(schedule, next, now));
  }
  return time;
}

/** A time shortly before the newest one, so that years of minutes are not gone through one by one; at least `from`. */
function leap(schedule: Schedule, from: number, now: number): number {
  for (let back = 60_000; now - back > from; back *= 4) {
    const next = schedule.next(now - back);
    if (next !== undefined && next <= now) return now - back;
  }
  return from;
}

function count(schedule: Schedule, from: number, now: number): number {
  let missed = 0;
  for (let next = schedule.next(from); next !== undefined && next <= now && missed <= MANY_MISSED; missed++) {
    next = schedule.next(next);
  }
  return missed;
}
