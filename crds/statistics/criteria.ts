import { CASE } from '../cases.ts';
import { microUSD } from '../money.ts';
import type { RuneBenchmark, RuneRun } from '../types.ts';
import type { Verdict } from './compare.ts';
import { countsByQuestion, total } from './counts.ts';

type RunStatus = NonNullable<RuneRun['status']>;
type Cell = NonNullable<RunStatus['cells']>[number];
type Criteria = NonNullable<RuneBenchmark['spec']['passCriteria']>;

export type Judged = {
  criteria: Criteria | undefined;
  trials: number;
  questions: readonly { id: string; critical?: boolean }[];
  cells: readonly Cell[];
  costMicroUSD: number | undefined;
  /** What keeps the run from being judged, as a sentence: it was cut short. */
  notWhole: string | undefined;
  /** Critical questions that passed in the baseline, as `<agent>/<model>/<question>`. */
  newlyFailing: readonly string[];
};

type Miss = { reason: string; message: string };

/**
 * Whether a finished run meets what its benchmark asks for, so that a pipeline can wait for it. What is not known does
 * not pass: neither a case without a measurement nor an unknown cost. Where `maxUnmeasuredPermille` allows for some,
 * those that dropped out must not decide: the criteria hold, too, if they had failed, and been slow.
 */
export function judgeCriteria(run: Judged): Verdict {
  // What was cut short is not judged cell by cell.
  const misses = run.notWhole === undefined ? missesOf(run) : [{ reason: 'RunFailed', message: run.notWhole }];
  const [first] = misses;
  if (first !== undefined) {
    const others = misses.length > 3 ? ` ${misses.length - 3} more criteria are not met.` : '';
    const told = misses.slice(0, 3).map(({ message }) => message);
    return { status: 'False', reason: first.reason, message: `${told.join(' ')}${others}` };
  }
  const isAsked = run.criteria !== undefined || run.questions.some(({ critical }) => critical);
  if (!isAsked)
    return { status: 'True', reason: 'NoCriteria', message: 'The benchmark asks for nothing (passCriteria).' };
  return {
    status: 'True',
    reason: 'AllMet',
    message: 'Every cell meets passCriteria, and no critical question fails.',
  };
}

function missesOf(run: Judged): Miss[] {
  return [...run.cells.flatMap((cell) => cellMisses(cell, run)), ...costMisses(run)];
}

function cellMisses(cell: Cell, run: Judged): Miss[] {
  const name = `${cell.agent}/${cell.model}`;
  const { dropped } = total(countsByQuestion(cell.cases, run.trials));
  return [
    ...criticalMisses(cell, name, run),
    ...(run.criteria === undefined ? [] : unmeasuredMiss(cell, name, run.criteria)),
    ...(run.criteria === undefined ? [] : passMiss(cell, name, run.criteria, dropped)),
    ...(run.criteria === undefined ? [] : latencyMiss(cell, name, run.criteria, dropped)),
  ];
}

function criticalMisses({ cases }: Cell, name: string, { questions, trials, newlyFailing }: Judged): Miss[] {
  const counts = countsByQuestion(cases, trials);
  return questions.flatMap(({ id, critical }, place): Miss[] => {
    const { n = 0, passed = 0 } = counts[place] ?? {};
    if (!critical || passed > 0) return [];
    if (n === 0) return [{ reason: 'Incomplete', message: `The critical question ${id} was not measured in ${name}.` }];
    const newly = newlyFailing.includes(`${name}/${id}`) ? ' It passed in the baseline.' : '';
    const message = `The critical question ${id} passed in none of its ${n} trials in ${name}.${newly}`;
    return [{ reason: 'CriticalQuestionFailed', message }];
  });
}

function unmeasuredMiss({ unmeasured, jobs }: Cell, name: string, { maxUnmeasuredPermille }: Criteria): Miss[] {
  if (unmeasured * 1000 <= maxUnmeasuredPermille * jobs) return [];
  const message = `${unmeasured} of ${jobs} cases of ${name} have no measurement, above maxUnmeasuredPermille ${maxUnmeasuredPermille}.`;
  return [{ reason: 'Incomplete', message }];
}

function passMiss({ measured, passed }: Cell, name: string, { minPassPermille }: Criteria, dropped: number): Miss[] {
  if (minPassPermille === undefined) return [];
  if (measured === 0) return [{ reason: 'Incomplete', message: `No scored case of ${name} was measured.` }];
  const isReachedBy = (n: number) => passed * 1000 >= minPassPermille * n;
  if (!isReachedBy(measured)) {
    const message = `${passed} of ${measured} cases of ${name} passed, below minPassPermille ${minPassPermille}.`;
    return [{ reason: 'PassRateTooLow', message }];
  }
  if (isReachedBy(measured + dropped)) return [];
  const message = `${passed} of ${measured} cases of ${name} passed, but it would be below minPassPermille ${minPassPermille} if the ${dropped} that dropped out had failed: run again when the trouble that the outcomes name is over.`;
  return [{ reason: 'TooManyDropped', message }];
}

/** Of the slowest cases, what a 95th percentile does not see. */
const BEYOND_P95 = 0.05;

function latencyMiss(cell: Cell, name: string, { maxP95LatencySeconds }: Criteria, dropped: number): Miss[] {
  if (maxP95LatencySeconds === undefined) return [];
  const p95 = cell.latency?.p95Milliseconds;
  if (p95 === undefined) return [{ reason: 'Incomplete', message: `No case of ${name} has a latency.` }];
  if (p95 > maxP95LatencySeconds * 1000) {
    const message = `The 95th percentile of the latency of ${name} is ${(p95 / 1000).toFixed(1)} s, above maxP95LatencySeconds ${maxP95LatencySeconds}.`;
    return [{ reason: 'LatencyTooHigh', message }];
  }
  return endlessMiss(cell, name, dropped);
}

/** Cases that never answered have no latency, and may be the slowest of all. */
function endlessMiss({ cases, measured }: Cell, name: string, dropped: number): Miss[] {
  const timeouts = cases.split(CASE.AgentTimeout).length - 1;
  const allowed = BEYOND_P95 * (measured + dropped);
  if (timeouts > allowed) {
    const message = `${timeouts} of ${measured} cases of ${name} timed out, so the 95th percentile of its latency is above any bound.`;
    return [{ reason: 'LatencyTooHigh', message }];
  }
  if (timeouts + dropped <= allowed) return [];
  const message = `The 95th percentile of the latency of ${name} would be above any bound if the ${dropped} cases that dropped out had been slow: run again when the trouble that the outcomes name is over.`;
  return [{ reason: 'TooManyDropped', message }];
}

function costMisses({ criteria, costMicroUSD }: Judged): Miss[] {
  if (criteria?.maxCostUSD === undefined) return [];
  if (costMicroUSD === undefined) {
    const message = 'The cost is unknown, and passCriteria.maxCostUSD is set: add prices to the RuneBackend.';
    return [{ reason: 'CostUnknown', message }];
  }
  if (costMicroUSD <= microUSD(criteria.maxCostUSD)) return [];
  const message = `The run cost $${(costMicroUSD / 1e6).toFixed(4)}, above passCriteria.maxCostUSD ${criteria.maxCostUSD}.`;
  return [{ reason: 'CostTooHigh', message }];
}
