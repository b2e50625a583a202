import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import type { EmergencyStop } from '../emergency-stop.ts';
import { contentSHA256 } from './content.ts';
import { due, MANY_MISSED } from './due.ts';
import { nextEstimate } from './estimate.ts';
import { runName, type Trigger } from './new-run.ts';
import { type Catalogue, notReady, scheduleOf, sizeOf } from './readiness.ts';
import { activeRuns, surplusRuns } from './runs.ts';
import { Schedule } from './schedule.ts';
import { type BenchmarkStatus, statusOf } from './status.ts';

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

export type Story = { type: 'Normal' | 'Warning'; reason: string; message: string };

/** What to do, in the order of the fields. */
export type Plan = {
  createRun?: Trigger;
  /** Names of runs that give way to a new one. */
  cancelRuns: readonly string[];
  deleteRuns: readonly RuneRun[];
  /** Written last: what it tells of has happened then. */
  status: BenchmarkStatus;
  stories: readonly Story[];
  requeueAfterMilliseconds?: number;
};

/** A clock may be set, and timers have a bound. */
const LONGEST_WAIT_MILLISECONDS = 3_600_000;

/** Decides what a benchmark does next, by the rules of CronJob. Pure. `now`: milliseconds since the epoch. */
export function plan(observed: Observed, now: number): Plan {
  const { benchmark, runs, catalogue, neighbours } = observed;
  const size = sizeOf(benchmark, catalogue);
  const schedule = scheduleOf(benchmark);
  const trouble = notReady(benchmark, schedule, catalogue, size);
  const times = schedule instanceof Schedule ? schedule : undefined;
  const next = nextRun(observed, times, trouble?.isFinal === true, now);
  const nextTime = benchmark.spec.suspend ? undefined : times?.next(now);
  const status = statusOf({
    benchmark,
    runs,
    size,
    trouble,
    nextTime,
    estimate: nextEstimate(benchmark, size, catalogue.backend, neighbours),
    acted: next.acted,
    now,
  });
  return {
    ...(next.createRun === undefined ? {} : { createRun: next.createRun }),
    cancelRuns: next.cancelRuns ?? [],
    deleteRuns: surplusRuns(benchmark, runs),
    status,
    stories: next.stories ?? [],
    ...(nextTime === undefined
      ? {}
      : { requeueAfterMilliseconds: Math.min(nextTime - now, LONGEST_WAIT_MILLISECONDS) }),
  };
}

/** What was acted upon, to be recorded. */
export type Acted = { scheduleTime?: number; change?: { generation: number; sha256: string } };

type Next = { createRun?: Trigger; cancelRuns?: string[]; stories?: Story[]; acted: Acted };

function nextRun(observed: Observed, schedule: Schedule | undefined, isUnusable: boolean, now: number): Next {
  const { benchmark, stop } = observed;
  if (isUnusable || benchmark.spec.suspend || stop !== undefined) return { acted: {} };
  return changeRun(observed) ?? scheduledRun(observed, schedule, now);
}

/** Undefined when no change asks for a run. */
function changeRun(observed: Observed): Next | undefined {
  const { benchmark } = observed;
  const { spec, status, metadata } = benchmark;
  if (!(spec.runOnChange ?? spec.schedule === undefined)) return undefined;
  const sha256 = contentSHA256(benchmark);
  if (status?.lastRunSHA256 === sha256) return undefined;
  return admitted(observed, { trigger: 'Change' }, { change: { generation: metadata.generation ?? 0, sha256 } });
}

function scheduledRun(observed: Observed, schedule: Schedule | undefined, now: number): Next {
  if (schedule === undefined) return { acted: {} };
  const { spec, status, metadata } = observed.benchmark;
  const last = Date.parse(status?.lastScheduleTime ?? '');
  const { time, missed } = due(schedule, {
    created: Date.parse(metadata.creationTimestamp ?? ''),
    last: Number.isNaN(last) ? undefined : last,
    deadlineSeconds: spec.startingDeadlineSeconds,
    now,
  });
  if (time === undefined || time === last) return { acted: {} };
  const next = admitted(observed, { trigger: 'Schedule', time }, { scheduleTime: time });
  return missed <= MANY_MISSED ? next : { ...next, stories: [tooManyMissed(), ...(next.stories ?? [])] };
}

/** As concurrencyPolicy says: now, later, or once those that are there have ended. */
function admitted({ benchmark, runs }: Observed, createRun: Trigger, acted: Acted): Next {
  const name = runName(benchmark, createRun);
  // Made before the status could say so.
  if (runs.some(({ metadata }) => metadata.name === name)) return { acted };
  const active = activeRuns(runs);
  if (active.length === 0 || benchmark.spec.concurrencyPolicy === 'Allow') {
    const message = `RuneRun "${name}" was made by ${createRun.trigger === 'Schedule' ? 'the schedule' : 'a change of the benchmark'}.`;
    return { createRun, acted, stories: [{ type: 'Normal', reason: 'RunCreated', message }] };
  }
  const names = active.map(({ metadata }) => metadata.name ?? '');
  if (benchmark.spec.concurrencyPolicy === 'Forbid') {
    const message = `A run is due, and RuneRun "${names[0]}" has not finished (concurrencyPolicy Forbid).`;
    return { acted: {}, stories: [{ type: 'Normal', reason: 'RunAlreadyActive', message }] };
  }
  return {
    cancelRuns: active.filter(({ spec }) => !spec.cancel).map(({ metadata }) => metadata.name ?? ''),
    acted: {},
  };
}

function tooManyMissed(): Story {
  const message = `More than ${MANY_MISSED} times of the schedule were missed; only the newest is made up for. Set startingDeadlineSeconds, or check the operator and its clock.`;
  return { type: 'Warning', reason: 'TooManyMissedTimes', message };
}
