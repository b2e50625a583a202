import { describe, expect, test } from 'vitest';
import { CONDITION } from '../../crds/names.ts';
import { random } from '../../crds/statistics/random.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import { newRun } from './new-run.ts';
import { plan } from './plan.ts';
import { Schedule } from './schedule.ts';
import { sampleBenchmark } from './testing/sample.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-01-01T00:00:30Z');
const YEARS = 2;

type Made = { time: number; at: number };
type World = {
  schedule: string;
  timeZone: string;
  concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
  deadlineSeconds?: number;
  seed: number;
};

const worlds: World[] = (['Allow', 'Forbid', 'Replace'] as const).flatMap((concurrencyPolicy, row) => [
  { schedule: '30 2 * * *', timeZone: 'Europe/Berlin', concurrencyPolicy, seed: row },
  {
    schedule: '0 */6 * * *',
    timeZone: 'America/New_York',
    concurrencyPolicy,
    deadlineSeconds: 2 * 3600,
    seed: 10 + row,
  },
  { schedule: '15 1 * * 1-5', timeZone: 'Australia/Sydney', concurrencyPolicy, deadlineSeconds: 60, seed: 20 + row },
]);

describe.each(worlds)('two years of $schedule in $timeZone, $concurrencyPolicy', (world) => {
  const { made, active, down, suspended } = live(world);
  const schedule = new Schedule(world.schedule, world.timeZone);
  const times = timesOf(schedule, START, START + YEARS * 365 * DAY);

  test('each run is of a time of the schedule, none is of the same, and they come in order', () => {
    expect(made.length).toBeGreaterThan(100);
    for (const { time } of made) expect(times).toContain(time);
    expect(new Set(made.map(({ time }) => time)).size).toBe(made.length);
    expect(made.map(({ time }) => time)).toEqual(made.map(({ time }) => time).toSorted((a, b) => a - b));
  });

  test('none is early, or later than its deadline', () => {
    for (const { time, at } of made) {
      expect(at).toBeGreaterThanOrEqual(time);
      if (world.deadlineSeconds !== undefined) expect(at - time).toBeLessThan(world.deadlineSeconds * 1000);
    }
  });

  test('none is made while the operator is away or the benchmark is suspended', () => {
    for (const { at } of made)
      for (const [from, to] of [...down, ...suspended]) expect(at >= from && at < to).toBe(false);
  });

  test('after being away, or suspended, at most one time is made up for', () => {
    for (const [from, to] of [...down, ...suspended]) {
      const late = made.filter(({ time, at }) => time >= from && time < to && at >= to);
      expect(late.length).toBeLessThanOrEqual(1);
    }
  });

  test('a time that nothing stands against is kept, at once', () => {
    const [from, to] = [START, START + YEARS * 365 * DAY - DAY];
    const kept = new Map(made.map((one) => [one.time, one.at]));
    for (const time of times.filter((one) => one > from && one < to)) {
      const isHindered = [...down, ...suspended, ...(world.concurrencyPolicy === 'Allow' ? [] : active)].some(
        ([begin, end]) => time >= begin && time <= end,
      );
      if (!isHindered) expect(kept.get(time), new Date(time).toISOString()).toBe(time);
    }
  });

  test('runs are beside each other only with Allow', () => {
    if (world.concurrencyPolicy === 'Allow') return;
    for (const [index, [, end]] of active.entries())
      expect(active[index + 1]?.[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(end);
  });
});

/** Lives through the years: the plan is asked at each moment when something happens, and what it decides is done. */
function live({ schedule, timeZone, concurrencyPolicy, deadlineSeconds, seed }: World) {
  const next = random(seed);
  const created = new Date(START).toISOString();
  const spec = {
    schedule,
    timeZone,
    concurrencyPolicy,
    ...(deadlineSeconds === undefined ? {} : { startingDeadlineSeconds: deadlineSeconds }),
  };
  let benchmark: RuneBenchmark = sampleBenchmark(spec);
  benchmark.metadata.creationTimestamp = created;
  const down = spans(next, 25, 3 * DAY);
  const suspended = spans(next, 10, 5 * DAY);
  const made: Made[] = [];
  const active: [number, number][] = [];
  let runs: { run: RuneRun; begun: number; ends: number }[] = [];
  const catalogue = {
    suite: () => undefined,
    agent: () => ({ metadata: {}, spec: {} }) as never,
    backend: () => ({ metadata: {}, spec: {} }) as never,
  };
  const end = START + YEARS * 365 * DAY;
  let wake = START;
  for (
    let now = START;
    now < end;
    now = nextMoment(
      now,
      wake,
      [...down, ...suspended].flat(),
      runs.map(({ ends }) => ends),
    )
  ) {
    for (const one of runs) if (one.ends <= now) finish(one.run, one.ends);
    if (isIn(down, now)) {
      wake = Number.POSITIVE_INFINITY;
      continue;
    }
    benchmark = { ...benchmark, spec: { ...benchmark.spec, suspend: isIn(suspended, now) } };
    const known = runs.map(({ run }) => run);
    const decided = plan({ benchmark, runs: known, neighbours: known, catalogue, stop: undefined }, now);
    for (const name of decided.cancelRuns) {
      for (const one of runs.filter(({ run }) => run.metadata.name === name)) {
        one.run.spec.cancel = true;
        one.ends = Math.min(one.ends, now + 90_000);
        const span = active.find(([begun]) => begun === one.begun);
        if (span !== undefined) span[1] = one.ends;
      }
    }
    if (decided.createRun?.trigger === 'Schedule') {
      const run = newRun(benchmark, decided.createRun) as RuneRun;
      run.metadata = { ...run.metadata, uid: `run-${made.length}` };
      run.status = { observedGeneration: 1 };
      const ends = now + Math.ceil(next() ** 4 * 30 * HOUR + 60_000);
      made.push({ time: decided.createRun.time, at: now });
      active.push([now, ends]);
      runs.push({ run, begun: now, ends });
    }
    // Killed before the status is written, now and then: what was made must not be made again.
    if (next() > 0.1) benchmark = { ...benchmark, status: decided.status };
    const gone = new Set(decided.deleteRuns.map(({ metadata }) => metadata.uid));
    runs = runs.filter(({ run }) => !gone.has(run.metadata.uid));
    // Looks in between, hour by hour, change nothing, and would take most of the time.
    wake = Date.parse(decided.status.nextScheduleTime ?? '') || now + 6 * HOUR;
  }
  return { made, active, down, suspended };
}

function finish(run: RuneRun, time: number): void {
  const completionTime = new Date(time).toISOString();
  const condition = { status: 'True' as const, reason: 'Complete', message: 'So.', lastTransitionTime: completionTime };
  run.status = {
    observedGeneration: 1,
    completionTime,
    conditions: [CONDITION.finished, CONDITION.succeeded].map((type) => ({ type, ...condition })),
  };
}

function nextMoment(now: number, wake: number, edges: readonly number[], ends: readonly number[]): number {
  return Math.min(wake <= now ? now + 1000 : wake, ...[...edges, ...ends].filter((time) => time > now), now + 7 * DAY);
}

function spans(next: () => number, count: number, longest: number): [number, number][] {
  return Array.from({ length: count }, (): [number, number] => {
    const from = START + Math.floor(next() * YEARS * 365 * DAY);
    return [from, from + Math.floor(next() * longest)];
  });
}

function isIn(all: readonly [number, number][], time: number): boolean {
  return all.some(([from, to]) => time >= from && time < to);
}

function timesOf(schedule: Schedule, from: number, to: number): number[] {
  const times: number[] = [];
  for (let at = schedule.next(from); at !== undefined && at < to; at = schedule.next(at)) times.push(at);
  return times;
}
