import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import type { EmergencyStop } from '../emergency-stop.ts';
import { contentSHA256 } from './content.ts';
import { due, MANY_MISSED } from './due.ts';
import { nextEstimate } from './estimate.ts';
import { type Change, isFor, runName, type Trigger } from './new-run.ts';
import { type Catalogue, notReady, scheduleOf, sizeOf } from './readiness.ts';
import { activeRuns, surplusRuns } from './runs.ts';
import { Schedule } from './schedule.ts';
import { type BenchmarkStatus, statusOf } from './status.ts';
import * as stories from './stories.ts';

/** All that a decision rests on. */
export type Observed = {
  benchmark: RuneBenchmark;
  /** Those that name the benchmark. */
  runs: readonly RuneRun[];
  /** All of the namespace, for estimates. */
  neighbours: readonly RuneRun[];
  catalogue: Catalogue;
  stop: EmergencyStop | undefined;
};

/** What to do, in the order of the fields. */
export type Plan = {
  createRun?: Trigger;
  /** Names of runs that give way to a new one. */
  cancelRuns: readonly string[];
  /** Tells only of what has been done then. */
  status: BenchmarkStatus;
  /** After the status: while it does not tell that a run was made, the run itself does. */
  deleteRuns: readonly RuneRun[];
  stories: readonly stories.Story[];
  requeueAfterMilliseconds?: number;
};

/** A clock may be set, and timers have a bound. */
const LONGEST_WAIT_MILLISECONDS = 3_600_000;

/** Decides what a benchmark does next, by the rules of CronJob. Pure. `now`: milliseconds since the epoch. */
export function plan(observed: Observed, now: number): Plan {
  const { benchmark, runs, catalogue, neighbours, stop } = observed;
  const size = sizeOf(benchmark, catalogue);
  const schedule = scheduleOf(benchmark);
  const trouble = notReady(benchmark, schedule, catalogue, size);
  const times = schedule instanceof Schedule ? schedule : undefined;
  const since = scheduleStart(benchmark, now);
  const next = nextRun(observed, times, since, trouble?.isFinal === true, now);
  const nextTime = benchmark.spec.suspend ? undefined : times?.next(now);
  const status = statusOf({
    benchmark,
    runs,
    size,
    trouble,
    stop,
    nextTime,
    since,
    estimate: nextEstimate(benchmark, size, catalogue.backend, neighbours),
    acted: next.acted,
    now,
  });
  return {
    ...(next.createRun === undefined ? {} : { createRun: next.createRun }),
    cancelRuns: next.cancelRuns ?? [],
    status,
    deleteRuns: surplusRuns(benchmark, runs),
    stories: next.stories ?? [],
    ...(nextTime === undefined
      ? {}
      : { requeueAfterMilliseconds: Math.min(nextTime - now, LONGEST_WAIT_MILLISECONDS) }),
  };
}

/** What was acted upon, to be recorded. */
export type Acted = { scheduleTime?: number; change?: Change };

type Next = { createRun?: Trigger; cancelRuns?: string[]; stories?: stories.Story[]; acted: Acted };

/** A benchmark that gets its schedule later makes up for nothing that was before it. Undefined without a schedule. */
function scheduleStart({ spec, status, metadata }: RuneBenchmark, now: number): number | undefined {
  if (spec.schedule === undefined) return undefined;
  const isNew = (status?.observedGeneration ?? -1) < 0;
  const known = status?.scheduleStartTime ?? (isNew ? metadata.creationTimestamp : undefined);
  return known === undefined ? now : Date.parse(known);
}

function nextRun(
  observed: Observed,
  schedule: Schedule | undefined,
  since: number | undefined,
  isUnusable: boolean,
  now: number,
): Next {
  const { benchmark, stop } = observed;
  if (isUnusable || benchmark.spec.suspend || stop !== undefined) return { acted: {} };
  const changed = changeRun(observed);
  if (changed !== undefined || schedule === undefined || since === undefined) return changed ?? { acted: {} };
  return scheduledRun(observed, schedule, since, now);
}

/** Undefined when no change asks for a run. */
function changeRun(observed: Observed): Next | undefined {
  const { spec, status, metadata } = observed.benchmark;
  if (!(spec.runOnChange ?? spec.schedule === undefined)) return undefined;
  const change = { generation: metadata.generation ?? 0, sha256: contentSHA256(observed.benchmark) };
  if (status?.lastRunSHA256 === change.sha256) return undefined;
  if (observed.runs.some((run) => isFor(run, change, status?.lastRunGeneration ?? 0))) return { acted: { change } };
  return admitted(observed, { trigger: 'Change', change }, { change });
}

function scheduledRun(observed: Observed, schedule: Schedule, since: number, now: number): Next {
  const { spec, status } = observed.benchmark;
  const { lastScheduleTime } = status ?? {};
  const last = lastScheduleTime === undefined ? undefined : Date.parse(lastScheduleTime);
  const deadlineSeconds = spec.startingDeadlineSeconds;
  const { time, missed, tooLate } = due(schedule, { since, last, deadlineSeconds, now });
  if (tooLate !== undefined) return { acted: {}, stories: [stories.missed(tooLate, deadlineSeconds ?? 0)] };
  if (time === undefined) return { acted: {} };
  const next = admitted(observed, { trigger: 'Schedule', time }, { scheduleTime: time });
  return missed <= MANY_MISSED ? next : { ...next, stories: [stories.manyMissed(), ...(next.stories ?? [])] };
}

/** As concurrencyPolicy says: now, later, or once those that are there have ended. */
function admitted({ benchmark, runs }: Observed, createRun: Trigger, acted: Acted): Next {
  const name = runName(benchmark, createRun);
  // Made before the status could say so.
  if (runs.some(({ metadata }) => metadata.name === name)) return { acted };
  const active = activeRuns(runs);
  const [first] = active;
  if (first === undefined || benchmark.spec.concurrencyPolicy === 'Allow') return { createRun, acted };
  // A CronJob, too, leaves alone what was made by hand.
  const replaced = active.filter(({ spec }) => !spec.cancel && spec.trigger !== 'Manual');
  if (benchmark.spec.concurrencyPolicy === 'Forbid' || replaced.length === 0) {
    return { acted: {}, stories: active.every(({ spec }) => spec.cancel) ? [] : [stories.waiting(createRun, first)] };
  }
  const cancelRuns = replaced.map(({ metadata }) => metadata.name ?? '');
  return { acted: {}, cancelRuns, stories: cancelRuns.map((run) => stories.replaced(createRun, run)) };
}
