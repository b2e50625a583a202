import type { FrozenRun } from '../../crds/frozen-run.ts';
import { microUSD } from '../../crds/money.ts';
import type { Steps } from '../../crds/statistics/steps.ts';
import type { RuneRun } from '../../crds/types.ts';
import { type EmergencyStop, stoppedMessage } from '../emergency-stop.ts';
import { archiveBegins } from './archive/plan.ts';
import { fits } from './budget.ts';
import type { CellStatus } from './cell-status.ts';
import { budgetCut, type Cut, endOf, judge } from './end.ts';
import type { Progress } from './progress.ts';
import * as status from './status.ts';
import { type Story, stories } from './stories.ts';

/** The API server would not take a job; the run tries again at `retryTime` (milliseconds since the epoch, as all times). */
export type Refusal = { message: string; since: number; retryTime: number };

/** All that a decision about a started run rests on. */
export type Observed = {
  run: RuneRun;
  frozen: FrozenRun;
  progress: Progress;
  /** What the cells found, summed up when it is asked for. */
  cells: () => CellStatus[];
  /** The run that this one is compared with, if it is still there. */
  baseline: RuneRun | undefined;
  stop: EmergencyStop | undefined;
  refusal: Refusal | undefined;
  /** How many jobs a backend of the namespace serves at once. */
  maxJobsOf: (backend: string) => number;
  /** When the status was last written. */
  writtenAt: number;
};

export type Plan = {
  /** The status to write, before anything else is done; undefined when it is not yet due. */
  status?: status.RunStatus;
  /** Cases whose jobs are made now, in their order. */
  createJobs: readonly number[];
  /** Names of RuneJobs to be cancelled. */
  cancelJobs: readonly string[];
  stories: readonly Story[];
  requeueAfterMilliseconds?: number;
};

/** So often a run's progress is written down. */
const WRITE_MILLISECONDS = 1000;

/** Decides the next step of a started run; only its end takes more than one step. Pure. `now`: milliseconds since the epoch. */
export function* plan(observed: Observed, now: number): Steps<Plan> {
  const { run, progress } = observed;
  const cut = cutOf(observed);
  const next = cut === undefined ? nextJobs(observed, now) : { createJobs: [] };
  const isOver =
    next.createJobs.length === 0 && progress.window.open.length === 0 && isDone(observed, cut ?? next.cut, now);
  if (isOver) return yield* atTheEnd(observed, cut ?? next.cut, now);
  const goesOn = whyNotOver(observed, cut, next.cut);
  const isNews = run.status?.summary?.state !== goesOn.reason;
  const dueTime = isNews ? now : observed.writtenAt + WRITE_MILLISECONDS;
  const isDue = now >= dueTime;
  const after = isDue ? status.running(run, { ...observed, cells: observed.cells() }, goesOn, now) : undefined;
  const wakeTimes = [isDue ? undefined : dueTime, observed.refusal?.retryTime].filter((time) => time !== undefined);
  return {
    ...(after === undefined ? {} : { status: after }),
    createJobs: next.createJobs,
    cancelJobs: cut === undefined ? [] : toBeCancelled(observed),
    stories: after === undefined ? [] : stories(run, after),
    ...(wakeTimes.length === 0 ? {} : { requeueAfterMilliseconds: Math.max(0, Math.min(...wakeTimes) - now) }),
  };
}

/** What ends the run before its time; only the budget is looked at later, since it asks what comes next. */
function cutOf({ run, stop, progress }: Observed): Cut | undefined {
  // A stop that was released before the run looked is known by what it did.
  if (status.isStopping(run) || stop !== undefined || progress.outcomes['Stopped'] !== undefined) {
    const said = run.status?.conditions?.find(({ reason }) => reason === status.STOPPING)?.message;
    const now = stop === undefined ? 'An emergency stop ended jobs of the run.' : stoppedMessage(stop);
    return { outcome: 'Stopped', message: said ?? now };
  }
  return run.spec.cancel ? { outcome: 'Cancelled', message: 'The run was cancelled (spec.cancel).' } : undefined;
}

/** What the stop catches ends by it, and says so; what waits would begin once the stop is released. */
function toBeCancelled({ progress, stop }: Observed): string[] {
  return progress
    .open()
    .filter(({ isCancelled, hasAttempt }) => !isCancelled && !(stop !== undefined && hasAttempt))
    .map(({ name }) => name);
}

function nextJobs(observed: Observed, now: number): { createJobs: number[]; cut?: Cut } {
  const { frozen, progress, refusal, maxJobsOf } = observed;
  if (refusal !== undefined && now < refusal.retryTime) return { createJobs: [] };
  if (frozen.budget === undefined) return { createJobs: progress.window.next(maxJobsOf, () => true) };
  const { maxCostUSD } = frozen.budget;
  const maxMicroUSD = microUSD(maxCostUSD);
  const spentMicroUSD = progress.spentMicroUSD;
  let reservedMicroUSD = progress.reservedMicroUSD;
  let cut: Cut | undefined;
  const mayStart = (index: number) => {
    const reservation = progress.reservation(index);
    if (fits({ maxMicroUSD, spentMicroUSD, reservedMicroUSD }, reservation)) {
      reservedMicroUSD += reservation;
      return true;
    }
    cut = budgetCut(maxCostUSD, spentMicroUSD, reservation);
    return false;
  };
  const createJobs = progress.window.next(maxJobsOf, mayStart);
  return cut === undefined ? { createJobs } : { createJobs, cut };
}

/** Nothing is in progress, and nothing more is to be made. */
function isDone({ progress, refusal, frozen }: Observed, cut: Cut | undefined, now: number): boolean {
  if (cut !== undefined || !progress.window.hasNext) return true;
  return refusal !== undefined && now >= refusal.since + frozen.jobTemplate.startDeadlineSeconds * 1000;
}

function whyNotOver({ refusal }: Observed, cut: Cut | undefined, next: Cut | undefined) {
  if (cut?.outcome === 'Stopped') return { reason: status.STOPPING, message: cut.message };
  if (cut !== undefined)
    return {
      reason: 'Cancelling',
      message: 'The run is being cancelled (spec.cancel): its jobs in progress are being ended.',
    };
  if (refusal !== undefined) return { reason: 'JobRefused', message: `${refusal.message} The run tries again.` };
  if (next !== undefined) {
    return {
      reason: 'BudgetSpent',
      message: 'What is left of the budget is reserved for the jobs in progress; no more are made.',
    };
  }
  return { reason: 'Running', message: 'The jobs of the run go on.' };
}

function* atTheEnd(observed: Observed, cut: Cut | undefined, now: number): Steps<Plan> {
  const { run, frozen, baseline, refusal } = observed;
  const cells = observed.cells();
  const found = status.complete(run, { ...observed, cells });
  const end = endOf(cells, found.jobs, cut);
  const told = refusal === undefined ? end : { ...end, message: `${end.message} ${refusal.message}` };
  const archived = archiveBegins(observed.progress.records());
  const judged = { ...(yield* judge(frozen, found, baseline, told)), archived };
  const after = status.finished(run, found, told, judged, frozen.budget !== undefined, now);
  return { status: after, createJobs: [], cancelJobs: [], stories: stories(run, after) };
}
