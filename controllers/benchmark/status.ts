import {
  type Condition,
  findCondition,
  type NewCondition,
  removeCondition,
  setCondition,
} from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import { type EmergencyStop, heldMessage } from '../emergency-stop.ts';
import type { Acted } from './plan.ts';
import type { NotReady, Size } from './readiness.ts';
import { activeRuns, completion, finishedRuns, isSuccessful, lastRunOf } from './runs.ts';
import { timestamp } from './stories.ts';

export type BenchmarkStatus = NonNullable<RuneBenchmark['status']>;
type Said = Omit<NewCondition, 'observedGeneration'>;

type Known = {
  benchmark: RuneBenchmark;
  runs: readonly RuneRun[];
  size: Size;
  trouble: NotReady | undefined;
  stop: EmergencyStop | undefined;
  /** The schedule's next time, and since when it counts, in milliseconds since the epoch. */
  nextTime: number | undefined;
  since: number | undefined;
  estimate: BenchmarkStatus['estimate'];
  acted: Acted;
  now: number;
};

const MOST_ACTIVE = 16;

/** What a benchmark says of itself. Pure. */
export function statusOf(known: Known): BenchmarkStatus {
  const { benchmark, runs, size, nextTime, since, estimate, acted } = known;
  const before = benchmark.status ?? {};
  const finished = finishedRuns(runs);
  const newest = newestOf(finished, before.lastRun);
  const active = activeRuns(runs).map(({ metadata }) => metadata.name ?? '');
  return {
    observedGeneration: benchmark.metadata.generation ?? 0,
    ...size,
    active: active.toSorted().slice(0, MOST_ACTIVE),
    ...defined({
      scheduleStartTime: since === undefined ? undefined : timestamp(since),
      lastScheduleTime: acted.scheduleTime === undefined ? before.lastScheduleTime : timestamp(acted.scheduleTime),
      nextScheduleTime: nextTime === undefined ? undefined : timestamp(nextTime),
      lastSuccessfulTime: later(before.lastSuccessfulTime, finished.find(isSuccessful)?.status?.completionTime),
      lastRunGeneration: acted.change?.generation ?? before.lastRunGeneration,
      lastRunSHA256: acted.change?.sha256 ?? before.lastRunSHA256,
      lastRun: newest === undefined ? before.lastRun : lastRunOf(newest),
      estimate,
    }),
    conditions: conditions(known, newest),
  };
}

/** Undefined when the status tells of a newer one, which the history limits let go at once. */
function newestOf([newest]: readonly RuneRun[], told: BenchmarkStatus['lastRun']): RuneRun | undefined {
  const isOlder = newest !== undefined && completion(newest) < (Date.parse(told?.completionTime ?? '') || 0);
  return isOlder ? undefined : newest;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && Date.parse(b) > Date.parse(a)) ? b : a;
}

function conditions({ benchmark, trouble, stop, size, now }: Known, newest: RuneRun | undefined): Condition[] {
  const { spec, metadata, status } = benchmark;
  const said: Said[] = [
    ready(trouble, size),
    suspended(spec.suspend, stop),
    ...(newest === undefined
      ? []
      : [CONDITION.criteriaMet, CONDITION.regressed].flatMap((type) => copied(newest, type))),
    ...kstatus(trouble),
  ];
  const gone = [CONDITION.reconciling, CONDITION.stalled].filter((type) => !said.some((one) => one.type === type));
  const kept = gone.reduce((all, type) => removeCondition(all, type), status?.conditions ?? []);
  const observedGeneration = metadata.generation ?? 0;
  const time = timestamp(now);
  return said.reduce((all, one) => setCondition(all, { ...one, observedGeneration }, time), kept);
}

function ready(trouble: NotReady | undefined, { jobs, cells, questions }: Size): Said {
  if (trouble !== undefined) {
    return { type: CONDITION.ready, status: 'False', reason: trouble.reason, message: trouble.message };
  }
  const message = `A run asks ${questions} questions in ${cells} cells, in ${jobs} jobs.`;
  return { type: CONDITION.ready, status: 'True', reason: 'Accepted', message };
}

function suspended(isSuspended: boolean, stop: EmergencyStop | undefined): Said {
  const type = CONDITION.suspended;
  if (stop !== undefined) return { type, status: 'True', reason: 'EmergencyStop', message: heldMessage(stop) };
  if (!isSuspended)
    return { type, status: 'False', reason: 'NotSuspended', message: 'Runs are made when they are due.' };
  return { type, status: 'True', reason: 'Suspended', message: 'No more runs are made until spec.suspend is false.' };
}

/** What the newest finished run says, under its name. */
function copied(run: RuneRun, type: string): Said[] {
  const condition = findCondition(run.status?.conditions, type);
  if (condition === undefined) return [];
  const { status, reason, message } = condition;
  return [{ type, status, reason, message: `RuneRun "${run.metadata.name}" says: ${message}` }];
}

/** A benchmark with bad scores is healthy; one that cannot be run is not. */
function kstatus(trouble: NotReady | undefined): Said[] {
  if (trouble === undefined) return [];
  const type = trouble.isFinal ? CONDITION.stalled : CONDITION.reconciling;
  return [{ type, status: 'True', reason: trouble.reason, message: trouble.message }];
}

function defined<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
