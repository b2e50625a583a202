import {
  type Condition,
  findCondition,
  type NewCondition,
  removeCondition,
  setCondition,
} from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';
import type { Acted } from './plan.ts';
import type { NotReady, Size } from './readiness.ts';
import { activeRuns, finishedRuns, isSuccessful, lastRunOf } from './runs.ts';

export type BenchmarkStatus = NonNullable<RuneBenchmark['status']>;
type Said = Omit<NewCondition, 'observedGeneration'>;

type Known = {
  benchmark: RuneBenchmark;
  runs: readonly RuneRun[];
  size: Size;
  trouble: NotReady | undefined;
  /** The schedule's next time, in milliseconds since the epoch. */
  nextTime: number | undefined;
  estimate: BenchmarkStatus['estimate'];
  acted: Acted;
  now: number;
};

const MOST_ACTIVE = 16;

/** What a benchmark says of itself. Pure. */
export function statusOf(known: Known): BenchmarkStatus {
  const { benchmark, runs, size, nextTime, estimate, acted } = known;
  const before = benchmark.status ?? {};
  const finished = finishedRuns(runs);
  const [newest] = finished;
  const active = activeRuns(runs).map(({ metadata }) => metadata.name ?? '');
  const succeeded = finished.find(isSuccessful)?.status?.completionTime ?? before.lastSuccessfulTime;
  const lastScheduleTime = acted.scheduleTime === undefined ? before.lastScheduleTime : timestamp(acted.scheduleTime);
  const lastRunGeneration = acted.change?.generation ?? before.lastRunGeneration;
  const lastRunSHA256 = acted.change?.sha256 ?? before.lastRunSHA256;
  const lastRun = newest === undefined ? before.lastRun : lastRunOf(newest);
  return {
    observedGeneration: benchmark.metadata.generation ?? 0,
    ...size,
    active: active.toSorted().slice(0, MOST_ACTIVE),
    ...defined({ lastScheduleTime, lastRunGeneration, lastRunSHA256, lastRun, estimate }),
    ...defined({ lastSuccessfulTime: succeeded }),
    ...(nextTime === undefined ? {} : { nextScheduleTime: timestamp(nextTime) }),
    conditions: conditions(known, newest),
  };
}

function conditions({ benchmark, trouble, size, now }: Known, newest: RuneRun | undefined): Condition[] {
  const { spec, metadata, status } = benchmark;
  const said: Said[] = [
    ready(trouble, size),
    suspended(spec.suspend),
    ...(newest === undefined
      ? []
      : [copied(newest, CONDITION.criteriaMet), copied(newest, CONDITION.regressed)]
    ).flat(),
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

function suspended(isSuspended: boolean): Said {
  const type = CONDITION.suspended;
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

function timestamp(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function defined<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
