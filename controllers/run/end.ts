import { findCondition } from '../../crds/conditions.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { CONDITION, type RunOutcome } from '../../crds/names.ts';
import { type ComparableRun, compareInSteps, type Verdict } from '../../crds/statistics/compare.ts';
import { judgeCriteria } from '../../crds/statistics/criteria.ts';
import type { Steps } from '../../crds/statistics/steps.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { CellStatus } from './cell-status.ts';
import { dollars } from './summary.ts';

type RunStatus = NonNullable<RuneRun['status']>;

/** How a run ended, in the words of its condition Finished. */
export type RunEnd = { outcome: RunOutcome; message: string };

/** What cut a run short. */
export type Cut = { outcome: 'BudgetExceeded' | 'Cancelled' | 'Stopped' | 'ContentLost'; message: string };

/** The outcomes of a run that count as success: what was asked was measured. */
const SUCCESSES: ReadonlySet<RunOutcome> = new Set(['Complete', 'PartlyMeasured']);

export function isSuccess(outcome: RunOutcome): boolean {
  return SUCCESSES.has(outcome);
}

/** How a run ends whose jobs have all ended. Pure. */
export function endOf(cells: readonly CellStatus[], jobs: RunStatus['jobs'], cut: Cut | undefined): RunEnd {
  const total = jobs?.total ?? 0;
  const unmeasured = cells.reduce((sum, cell) => sum + cell.unmeasured, 0);
  const measured = cells.reduce((sum, cell) => sum + measuredOf(cell), 0);
  if (cut !== undefined) {
    return { outcome: cut.outcome, message: `${cut.message} ${measured} of ${total} cases were measured.` };
  }
  const empty = cells.find((cell) => measuredOf(cell) === 0);
  if (empty !== undefined) {
    const message = `No case of ${empty.agent}/${empty.model} was measured: look at the outcomes of its RuneJobs.`;
    return { outcome: 'Unmeasured', message };
  }
  const notMade = total - (jobs?.created ?? 0);
  if (unmeasured > 0 || notMade > 0) {
    const why = unmeasured > 0 ? '; the outcomes of the other RuneJobs say why they were not' : '';
    const never = notMade > 0 ? ` ${notMade} RuneJobs were never made.` : '';
    return { outcome: 'PartlyMeasured', message: `${measured} of ${total} cases were measured${why}.${never}` };
  }
  return { outcome: 'Complete', message: `All ${total} cases were measured.` };
}

/** What a finished run says of its budget. */
export function budgetCut(maxCostUSD: string, spentMicroUSD: number, reservation: number): Cut {
  const message = `The run spent ${dollars(spentMicroUSD)} of budget.maxCostUSD ${maxCostUSD}, and the next job reserves ${dollars(reservation)}: raise the budget of the RuneBenchmark for a whole run.`;
  return { outcome: 'BudgetExceeded', message };
}

/** The verdicts of a finished run, and its comparison. Pure. */
export function* judge(
  frozen: FrozenRun,
  status: RunStatus,
  baseline: RuneRun | undefined,
  { outcome, message }: RunEnd,
): Steps<{ criteria: Verdict; regressed: Verdict; comparison?: RunStatus['comparison'] }> {
  const isWhole = isSuccess(outcome) && status.jobs?.created === status.jobs?.total;
  const compared = yield* compare(frozen, status, baseline, isWhole ? undefined : outcome);
  const criteria = judgeCriteria({
    criteria: frozen.passCriteria,
    trials: frozen.trials,
    questions: frozen.questions,
    cells: status.cells ?? [],
    costMicroUSD: status.costMicroUSD,
    notWhole: isWhole ? undefined : `The run cannot be judged as a whole. ${message}`,
    newlyFailing: compared.comparison?.newlyFailing ?? [],
  });
  return { criteria, ...compared };
}

/** @param trouble how the run ended, where it is not whole */
function* compare(
  frozen: FrozenRun,
  status: RunStatus,
  baseline: RuneRun | undefined,
  trouble: RunOutcome | undefined,
): Steps<{ regressed: Verdict; comparison?: RunStatus['comparison'] }> {
  if (frozen.baseline === undefined) {
    const message =
      'There was no baseline to compare with when the run started: set baselineRef of the RuneBenchmark; the first run of a benchmark has none.';
    return { regressed: { status: 'Unknown', reason: 'NoBaseline', message } };
  }
  const old = baseline?.metadata.uid === frozen.baseline.uid ? comparable(baseline) : undefined;
  if (old === undefined) {
    const message = `The baseline, RuneRun "${frozen.baseline.name}", was deleted before this run ended: name one that is kept.`;
    return { regressed: { status: 'Unknown', reason: 'BaselineGone', message } };
  }
  const now: ComparableRun = {
    name: '',
    trials: frozen.trials,
    questions: frozen.questions,
    cells: status.cells ?? [],
  };
  const { status: comparison, regressed } = yield* compareInSteps(old, now);
  // What was cut short may look no worse only for what it left out.
  if (regressed.status !== 'True' && trouble !== undefined) {
    const message = `What was measured shows no fall, but the run is not whole: its condition Finished says why (${trouble}).`;
    return { comparison, regressed: { status: 'Unknown', reason: 'RunFailed', message } };
  }
  return { comparison, regressed };
}

function comparable(run: RuneRun): ComparableRun | undefined {
  const { status } = run;
  if (status?.questions === undefined || status.cells === undefined || status.pinned?.trials === undefined)
    return undefined;
  if (findCondition(status.conditions, CONDITION.finished)?.status !== 'True') return undefined;
  return {
    name: run.metadata.name ?? '',
    trials: status.pinned.trials,
    questions: status.questions,
    cells: status.cells,
  };
}

function measuredOf({ measured, answered = 0 }: CellStatus): number {
  return measured + answered;
}
