import type { Schedule } from './schedule.ts';

/** Times are milliseconds since the epoch. */
export type DueInput = {
  /** When the benchmark was created. */
  created: number;
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
};

/** As a CronJob: more than so many missed times are worth a warning. */
export const MANY_MISSED = 100;

/**
 * Which time of the schedule is due. Of several that passed, as while the operator was away, only the newest counts.
 * Follows the CronJob controller of Kubernetes (mostRecentScheduleTime).
 */
export function due(schedule: Schedule, { created, last, deadlineSeconds, now }: DueInput): Due {
  const earliest = Math.max(last ?? created, deadlineSeconds === undefined ? 0 : now - deadlineSeconds * 1000);
  let time: number | undefined;
  let missed = 0;
  let from = earliest;
  for (;;) {
    const next = schedule.next(from);
    if (next === undefined || next > now) break;
    time = next;
    missed++;
    from = missed > MANY_MISSED ? Math.max(next, leap(schedule, next, now)) : next;
  }
  return { ...(time === undefined ? {} : { time }), missed: Math.min(missed, MANY_MISSED + 1) };
}

/** A time shortly before the newest one, so that years of minutes are not counted one by one. */
function leap(schedule: Schedule, from: number, now: number): number {
  for (let back = 60_000; now - back > from; back *= 2) {
    const next = schedule.next(now - back);
    if (next !== undefined && next <= now) return now - back;
  }
  return from;
}
