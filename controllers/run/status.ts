import { CASE_NOT_MADE } from '../../crds/cases.ts';
import { type Condition, type NewCondition, removeCondition, setCondition } from '../../crds/conditions.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { CONDITION, RUN_STARTED_REASON, type RunOutcome, type RunStartedReason } from '../../crds/names.ts';
import type { Verdict } from '../../crds/statistics/compare.ts';
import type { RuneRun } from '../../crds/types.ts';
import { bounded } from './bounded-status.ts';
import { type CellStatus, cellStatus } from './cell-status.ts';
import { isSuccess, type RunEnd } from './end.ts';
import { contentSHA256, pricesSHA256 } from './freeze/freeze.ts';
import { revisionName } from './freeze/frozen-objects.ts';
import { shapeOf } from './job-of-case.ts';
import type { Progress } from './progress.ts';
import { summaryOf } from './summary.ts';
import { tagStatus } from './tag-status.ts';

/** Statuses of a RuneRun, each from the one before. Pure. `now`: milliseconds since the epoch. */
export type RunStatus = NonNullable<RuneRun['status']>;
type Said = Omit<NewCondition, 'observedGeneration'>;

/** Ends that somebody has to mend; the others are either measurements or what was asked for. */
const STALLED: ReadonlySet<RunOutcome> = new Set(['Unmeasured', 'ContentLost', 'NotStarted']);

/** Nobody works on a run that somebody else has to let go. */
const HELD: ReadonlySet<RunStartedReason> = new Set([RUN_STARTED_REASON.suspended, RUN_STARTED_REASON.emergencyStop]);

export function waiting(
  run: RuneRun,
  why: { reason: RunStartedReason; message: string },
  estimate: RunStatus['estimate'],
  now: number,
): RunStatus {
  const isSuspended = why.reason === RUN_STARTED_REASON.suspended;
  const { estimate: _before, ...before } = run.status ?? {};
  const isHeld = HELD.has(why.reason);
  const from = removeCondition(before.conditions ?? [], CONDITION.reconciling);
  return {
    ...before,
    ...(estimate === undefined ? {} : { estimate }),
    observedGeneration: run.metadata.generation ?? 0,
    summary: { ...before.summary, state: why.reason },
    conditions: conditions(isHeld ? { ...run, status: { ...before, conditions: from } } : run, now, [
      { type: CONDITION.started, status: 'False', ...why },
      ...suspension(run, isSuspended, why.message),
      { type: CONDITION.finished, status: 'False', reason: 'NotStarted', message: 'The run has not started.' },
      ...(isHeld ? [] : [{ type: CONDITION.reconciling, status: 'True' as const, ...why }]),
    ]),
  };
}

export function started(run: RuneRun, frozen: FrozenRun, estimate: RunStatus['estimate'], now: number): RunStatus {
  const { cells, questions, trials } = frozen;
  const total = cells.length * questions.length * trials;
  const none = CASE_NOT_MADE.repeat(questions.length * trials);
  const cellStatuses = cells.map((cell) => cellStatus(cell, none, trials, []));
  const jobs = { total, created: 0, finished: 0, deleted: 0 };
  const message = `Its content is frozen: ${count(cells.length, 'cell')}, ${count(questions.length, 'question')} and ${count(trials, 'trial')} make ${count(total, 'job')}.`;
  const goesOn = { reason: 'Running', message: 'The jobs of the run go on.' };
  return bounded({
    ...(estimate === undefined ? {} : { estimate }),
    observedGeneration: run.metadata.generation ?? 0,
    startTime: new Date(now).toISOString(),
    seed: frozen.seed,
    pinned: {
      revision: revisionName(run),
      secrets: frozen.secrets.length,
      sha256: contentSHA256(frozen),
      benchmarkGeneration: frozen.benchmark.generation,
      trials,
      pricesSHA256: pricesSHA256(frozen),
    },
    ...(frozen.baseline === undefined ? {} : { baseline: frozen.baseline }),
    questions: questions.map(({ id, sha256, critical }) => ({ id, sha256, ...(critical ? { critical } : {}) })),
    jobs,
    cells: cellStatuses,
    summary: summaryOf(cellStatuses, jobs, undefined, 'Running'),
    conditions: conditions(run, now, [
      { type: CONDITION.started, status: 'True', reason: RUN_STARTED_REASON.frozen, message },
      ...suspension(run, false, 'The run was let go.'),
      { type: CONDITION.finished, status: 'False', ...goesOn },
      { type: CONDITION.criteriaMet, status: 'Unknown', ...NOT_FINISHED },
      { type: CONDITION.regressed, status: 'Unknown', ...NOT_FINISHED },
      { type: CONDITION.reconciling, status: 'True', ...goesOn },
    ]),
  });
}

const NOT_FINISHED = { reason: 'NotFinished', message: 'It is judged when the run has finished.' };

/** What was found so far. `cells` in the order of the frozen ones. `goesOn` is why it is not over, and what it waits for. */
export function running(
  run: RuneRun,
  found: { frozen: FrozenRun; progress: Progress; cells: CellStatus[] },
  goesOn: { reason: string; message: string },
  now: number,
): RunStatus {
  const measured = measurements(run.status ?? {}, found);
  return bounded({
    ...measured,
    observedGeneration: run.metadata.generation ?? 0,
    summary: summaryOf(found.cells, measured.jobs, measured.costMicroUSD, goesOn.reason),
    conditions: conditions(run, now, [
      { type: CONDITION.finished, status: 'False', ...goesOn },
      { type: CONDITION.reconciling, status: 'True', ...goesOn },
    ]),
  });
}

/** With what was found at the end, before it is judged. */
export function complete(
  run: RuneRun,
  found: { frozen: FrozenRun; progress: Progress; cells: CellStatus[] },
): RunStatus {
  const { reservedMicroUSD: _reserved, ...measured } = measurements(run.status ?? {}, found);
  const tags = tagStatus(found.frozen.questions, found.cells, found.frozen.trials);
  return { ...measured, ...(tags.length === 0 ? {} : { tags }) };
}

export function finished(
  run: RuneRun,
  from: RunStatus,
  end: RunEnd,
  judged: { criteria: Verdict; regressed: Verdict; archived?: Verdict; comparison?: RunStatus['comparison'] },
  hasBudget: boolean,
  now: number,
): RunStatus {
  const { outcome, message } = end;
  const isGood = isSuccess(outcome);
  const before = {
    ...run,
    status: { ...from, conditions: removeCondition(from.conditions ?? [], CONDITION.reconciling) },
  };
  return bounded({
    ...from,
    ...(judged.comparison === undefined ? {} : { comparison: judged.comparison }),
    observedGeneration: run.metadata.generation ?? 0,
    completionTime: new Date(now).toISOString(),
    summary: summaryOf(from.cells ?? [], from.jobs, from.costMicroUSD, outcome),
    conditions: conditions(before, now, [
      { type: CONDITION.finished, status: 'True', reason: outcome, message },
      { type: CONDITION.succeeded, status: isGood ? 'True' : 'False', reason: outcome, message },
      { type: CONDITION.criteriaMet, ...judged.criteria },
      { type: CONDITION.regressed, ...judged.regressed },
      ...(judged.archived === undefined ? [] : [{ type: CONDITION.archived, ...judged.archived }]),
      ...(hasBudget ? [budgetCondition(end)] : []),
      ...(STALLED.has(outcome) ? [{ type: CONDITION.stalled, status: 'True' as const, reason: outcome, message }] : []),
    ]),
  });
}

/** A change of the spec that comes after the end is seen and changes nothing; kstatus and `kubectl wait` look for that. */
export function observed({ metadata, status }: RuneRun): RunStatus {
  const observedGeneration = metadata.generation ?? 0;
  const all = (status?.conditions ?? []).map((one) => ({ ...one, observedGeneration }));
  return { ...status, observedGeneration, conditions: all };
}

/** What became of the archive, after the run has finished. */
export function archived(run: RuneRun, verdict: Verdict, archive: RunStatus['archive'], now: number): RunStatus {
  return {
    ...run.status,
    ...(archive === undefined ? {} : { archive }),
    conditions: conditions(run, now, [{ type: CONDITION.archived, ...verdict }]),
  };
}

/** A run that ended before it began. */
export function neverStarted(
  run: RuneRun,
  why: { reason: RunStartedReason; message: string },
  outcome: 'NotStarted' | 'Cancelled',
  estimate: RunStatus['estimate'],
  now: number,
): RunStatus {
  const from = waiting(run, why, estimate, now);
  const verdict: Verdict = {
    status: 'Unknown',
    reason: 'NotStarted',
    message: `The run did not start. ${why.message}`,
  };
  const criteria: Verdict = { ...verdict, status: 'False' };
  return finished(run, from, { outcome, message: why.message }, { criteria, regressed: verdict }, false, now);
}

export function isStopping(run: RuneRun): boolean {
  return (
    run.status?.conditions?.some(({ type, reason }) => type === CONDITION.reconciling && reason === STOPPING) ?? false
  );
}

/** Reason of a run that an emergency stop caught: it stands, whatever becomes of the stop meanwhile. */
export const STOPPING = 'Stopping';

function budgetCondition({ outcome, message }: RunEnd): Said {
  if (outcome === 'BudgetExceeded') return { type: CONDITION.budgetExceeded, status: 'True', reason: outcome, message };
  const within = 'The budget did not cut the run short.';
  return { type: CONDITION.budgetExceeded, status: 'False', reason: 'WithinBudget', message: within };
}

function measurements(
  before: RunStatus,
  { frozen, progress, cells }: { frozen: FrozenRun; progress: Progress; cells: CellStatus[] },
): RunStatus {
  const isPriced = frozen.cells.every(({ prices }) => prices !== undefined);
  const deleted = progress.deletedMicroUSD;
  const cost = cells.reduce((sum, { costMicroUSD = 0 }) => sum + costMicroUSD, deleted);
  const { costMicroUSD: _cost, reservedMicroUSD: _reserved, deletedMicroUSD: _deleted, ...rest } = before;
  return {
    ...rest,
    jobs: progress.jobs,
    outcomes: progress.outcomes,
    ...(isPriced ? { costMicroUSD: cost } : {}),
    ...(frozen.budget === undefined ? {} : { reservedMicroUSD: progress.reservedMicroUSD }),
    ...(deleted === 0 ? {} : { deletedMicroUSD: deleted }),
    cells,
  };
}

function suspension(run: RuneRun, isSuspended: boolean, message: string): Said[] {
  const was = run.status?.conditions?.some(({ type }) => type === CONDITION.suspended);
  if (isSuspended) return [{ type: CONDITION.suspended, status: 'True', reason: 'Suspended', message }];
  return was ? [{ type: CONDITION.suspended, status: 'False', reason: 'Resumed', message: 'The run was let go.' }] : [];
}

function conditions({ status, metadata }: RuneRun, now: number, said: readonly Said[]): Condition[] {
  const time = new Date(now).toISOString();
  const observedGeneration = metadata.generation ?? 0;
  return said.reduce((all, one) => setCondition(all, { ...one, observedGeneration }, time), status?.conditions ?? []);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The cells' status with those that changed summed up anew. */
export function cellsOf(frozen: FrozenRun, progress: Progress, before: readonly CellStatus[]): CellStatus[] {
  const cells = frozen.cells.map((cell, place) => before[place] ?? emptyCell(frozen, cell));
  for (const place of progress.takeChanged()) {
    const cell = frozen.cells[place];
    if (cell === undefined) continue;
    cells[place] = cellStatus(cell, progress.casesOf(place), frozen.trials, progress.recordsOf(place));
  }
  return cells;
}

function emptyCell(frozen: FrozenRun, cell: FrozenRun['cells'][number]): CellStatus {
  const { questions, trials } = shapeOf(frozen);
  return cellStatus(cell, CASE_NOT_MADE.repeat(questions * trials), trials, []);
}
