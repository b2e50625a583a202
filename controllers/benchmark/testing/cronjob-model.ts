import { Schedule } from '../schedule.ts';
import { END, edges, isIn, START, specAt, type World } from './world.ts';

/** A run: for what, and when it was made. Times are milliseconds since the epoch. */
export type Made = { for: number | `generation ${number}`; at: number };

type Run = { ends: number; isByHand: boolean; isCancelled: boolean };

/**
 * Which runs a world must bring, by the words of CronJob's documentation, those on change added. It shares nothing with
 * the plan but the times of schedules, looks at each time that there is, and remembers all that it did.
 */
export function expectedRuns(world: World): Made[] {
  const made: Made[] = [];
  /** Those that go on. */
  let runs: Run[] = [];
  const timesBySchedule = new Map<string, number[]>();
  const timesOf = (schedule: string, timeZone: string) => {
    const key = `${schedule} ${timeZone}`;
    const known = timesBySchedule.get(key) ?? allTimes(new Schedule(schedule, timeZone));
    timesBySchedule.set(key, known);
    return known;
  };
  for (const { spec } of world.specs) if (spec.schedule !== undefined) timesOf(spec.schedule, spec.timeZone ?? '');
  let content: number | undefined;
  let last = 0;
  let since: number | undefined = START;

  const make = (what: Made['for'], now: number) => {
    runs.push({ ends: now + world.takes(made.length), isByHand: false, isCancelled: false });
    made.push({ for: what, at: now });
  };
  const mayMake = (now: number, policy: string) => {
    if (policy === 'Replace') {
      for (const run of runs.filter(({ isByHand, isCancelled }) => !isByHand && !isCancelled)) {
        run.isCancelled = true;
        run.ends = Math.min(run.ends, now + world.cancelTakes);
      }
    }
    return policy === 'Allow' || runs.length === 0;
  };

  const moments = new Moments([...edges(world), ...[...timesBySchedule.values()].flat()]);
  for (let now = START; now < END; now = moments.after(now, runs)) {
    runs = runs.filter(({ ends }) => ends > now);
    for (const [from, to] of world.byHand)
      if (from === now) runs.push({ ends: to, isByHand: true, isCancelled: false });
    if (isIn(world.down, now)) continue;
    const { spec, generation } = specAt(world, now);
    since = spec.schedule === undefined ? undefined : (since ?? now);
    if (spec.suspend || isIn(world.stopped, now)) continue;
    if ((spec.runOnChange ?? spec.schedule === undefined) && spec.trials !== content) {
      if (!mayMake(now, spec.concurrencyPolicy)) continue;
      content = spec.trials;
      make(`generation ${generation}`, now);
    }
    if (spec.schedule === undefined || since === undefined) continue;
    const earliest = Math.max(since, last, now - (spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const time = timesOf(spec.schedule, spec.timeZone ?? '').findLast((one) => one <= now);
    if (time === undefined || time <= earliest || !mayMake(now, spec.concurrencyPolicy)) continue;
    last = time;
    make(time, now);
  }
  return made;
}

function allTimes(schedule: Schedule): number[] {
  const times: number[] = [];
  for (let at = schedule.next(START); at !== undefined && at < END; at = schedule.next(at)) times.push(at);
  return times;
}

/** All times at which something may happen. */
class Moments {
  readonly #sorted: number[];
  #place = 0;

  constructor(times: readonly number[]) {
    this.#sorted = [...times].toSorted((a, b) => a - b);
  }

  after(now: number, runs: readonly Run[]): number {
    while ((this.#sorted[this.#place] ?? END) <= now) this.#place++;
    return Math.min(this.#sorted[this.#place] ?? END, ...runs.map(({ ends }) => ends).filter((end) => end > now));
  }
}
