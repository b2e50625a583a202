import { CONDITION } from '../../../crds/names.ts';
import { random } from '../../../crds/statistics/random.ts';
import type { RuneBenchmark, RuneRun } from '../../../crds/types.ts';
import { newRun } from '../new-run.ts';
import { type Plan, plan } from '../plan.ts';
import { isFinished } from '../runs.ts';
import type { Made } from './cronjob-model.ts';
import { sampleBenchmark, sampleRun } from './sample.ts';
import { END, edges, isIn, START, specAt, type World } from './world.ts';

type Life = { run: RuneRun; ends: number };

const KILLED = 0.2;
/** What would not end is a fault of the plan. */
const MOST_PLANS_AT_A_TIME = 30;

/**
 * Lives through a world by the plan: it is asked when it wants to be, and when something changes, and what it decides
 * is done, up to where the operator is killed now and then: before or after each of its writes.
 */
export function liveRuns(world: World, seed: number): Made[] {
  const next = random(seed);
  const made: Made[] = [];
  const outside = [...new Set(edges(world))].toSorted((a, b) => a - b);
  let lives: Life[] = [];
  let status: RuneBenchmark['status'] = { observedGeneration: -1 };
  let wake = START;

  /** Whether all was done. */
  const apply = (benchmark: RuneBenchmark, decided: Plan, now: number): boolean => {
    const isKilled = () => next() < KILLED;
    if (decided.createRun !== undefined) {
      if (isKilled()) return false;
      const run = newRun(benchmark, decided.createRun) as RuneRun;
      if (!lives.some((one) => one.run.metadata.name === run.metadata.name)) {
        lives.push({ run: begun(run, `run-${made.length}`), ends: now + world.takes(made.length) });
        const { createRun } = decided;
        const what =
          createRun.trigger === 'Schedule' ? createRun.time : (`generation ${createRun.change.generation}` as const);
        made.push({ for: what, at: now });
      }
    }
    for (const name of decided.cancelRuns) {
      if (isKilled()) return false;
      for (const one of lives.filter(({ run }) => run.metadata.name === name)) {
        one.run = { ...one.run, spec: { ...one.run.spec, cancel: true } };
        one.ends = Math.min(one.ends, now + world.cancelTakes);
      }
    }
    if (isKilled()) return false;
    status = decided.status;
    for (const { metadata } of decided.deleteRuns) {
      if (isKilled()) return false;
      lives = lives.filter(({ run }) => run.metadata.uid !== metadata.uid);
    }
    return true;
  };

  const work = (now: number): void => {
    for (let plans = 0; ; plans++) {
      if (plans > MOST_PLANS_AT_A_TIME) throw new Error('The plan does not come to an end.');
      const benchmark = benchmarkAt(world, now, status);
      const runs = lives.map(({ run }) => run);
      const stop = isIn(world.stopped, now) ? { reason: 'a drill', release: 'It will be over.' } : undefined;
      const decided = plan({ benchmark, runs, neighbours: [], catalogue: CATALOGUE, stop }, now);
      const before = status;
      if (!apply(benchmark, decided, now)) continue;
      wake = now + (decided.requeueAfterMilliseconds ?? Number.POSITIVE_INFINITY);
      // A written status is a change, which it is asked about again.
      const isQuiet = decided.createRun === undefined && decided.cancelRuns.length + decided.deleteRuns.length === 0;
      if (isQuiet && before?.lastScheduleTime === status?.lastScheduleTime) return;
    }
  };

  for (let now = START; now < END; ) {
    for (const one of lives) if (one.ends <= now && !isFinished(one.run)) one.run = finished(one.run, one.ends);
    for (const [from, to] of world.byHand) if (from === now) lives.push({ run: byHand(from), ends: to });
    if (isIn(world.down, now)) wake = Number.POSITIVE_INFINITY;
    else work(now);
    const ends = lives.map((one) => one.ends).filter((end) => end > now);
    now = Math.min(wake, outside.find((time) => time > now) ?? END, ...ends);
  }
  return made;
}

const there = { metadata: {}, spec: {} } as never;
const CATALOGUE = { suite: () => undefined, agent: () => there, backend: () => there };

function benchmarkAt(world: World, now: number, status: RuneBenchmark['status']): RuneBenchmark {
  const { spec, generation } = specAt(world, now);
  const benchmark = sampleBenchmark(spec, status);
  const creationTimestamp = new Date(START).toISOString();
  return { ...benchmark, metadata: { ...benchmark.metadata, generation, creationTimestamp } };
}

function begun(run: RuneRun, uid: string): RuneRun {
  return { ...run, metadata: { ...run.metadata, uid }, status: { observedGeneration: 1 } };
}

function byHand(from: number): RuneRun {
  const run = sampleRun(`by-hand-${from}`, undefined, { trigger: 'Manual' });
  return { ...run, metadata: { ...run.metadata, uid: `by-hand-${from}` } };
}

function finished(run: RuneRun, time: number): RuneRun {
  const completionTime = new Date(time).toISOString();
  const condition = { status: 'True' as const, reason: 'Complete', message: 'So.', lastTransitionTime: completionTime };
  const conditions = [CONDITION.finished, CONDITION.succeeded].map((type) => ({ type, ...condition }));
  return { ...run, status: { observedGeneration: 1, completionTime, conditions } };
}
