import type { Prices } from './job-file.ts';
import { costMicroUSD } from './money.ts';
import { quantile } from './statistics/quantile.ts';
import type { RuneBenchmark, RuneRun } from './types.ts';

type RunStatus = NonNullable<RuneRun['status']>;
export type Estimate = Required<NonNullable<RunStatus['estimate']>>;
export type CellUsage = Required<NonNullable<NonNullable<RunStatus['cells']>[number]['usage']>>;

/** What is known of a cell before it runs. */
export type CellToEstimate = {
  /** Absent when no price of the model is known. */
  prices?: Prices;
  jobs: number;
  /** Of earlier jobs of the same agent and model; see {@link usageHistory}. */
  history?: UsageHistory;
  assumedUsage?: RuneBenchmark['spec']['assumedUsage'];
  /** Of an agent that is the model itself, whose use follows from the question. */
  direct?: {
    /** Mean length of prompt and context, in bytes of UTF-8. */
    promptBytes: number;
    /** The most tokens of an answer. */
    maxOutputTokens: number;
  };
  /** `jobTemplate.budget.maxCostUSD`, in millionths of a US dollar: what is reserved for a job, whatever is expected. */
  jobBudgetMicroUSD?: number;
};

export type UsageHistory = CellUsage & { /** Of the same benchmark. */ isOwn: boolean };

/**
 * What a run will cost, in millionths of a US dollar; `jobMicroUSDByCell` is what is reserved for each job in progress.
 * Undefined when, for some cell, there is no price or nothing to go by: then nothing can be said of the whole.
 *
 * With a history of m jobs whose cost has mean μ and standard deviation s, the sum of N new jobs is expected to be N·μ,
 * and lies with 90 % probability within z·s·sqrt(N + N²/m) of it: the spread of the new jobs, and that of the mean itself.
 * Source: G. Hahn, W. Meeker, "Statistical Intervals", 1991, section 4.7 (prediction of a future sample's mean). The
 * deviations of input and output are added, as if both always went together, which is never too little.
 */
export function estimateRun(
  cells: readonly CellToEstimate[],
): (Estimate & { jobMicroUSDByCell: number[] }) | undefined {
  const estimates: CellEstimate[] = [];
  for (const cell of cells) {
    const estimate = estimateCell(cell);
    if (estimate === undefined) return undefined;
    estimates.push(estimate);
  }
  const sum = (pick: (cell: CellEstimate) => number) => estimates.reduce((all, cell) => all + pick(cell), 0);
  // Cells differ independently, so their spreads add as squares; those of mere assumptions may all err the same way.
  const reach = Math.ceil(Math.sqrt(sum(({ spread }) => spread ** 2)));
  const low = sum(({ low: floor }) => floor) - reach;
  const jobMicroUSDByCell = estimates.map(({ job }) => job);
  return {
    lowMicroUSD: Math.max(0, low),
    expectedMicroUSD: sum(({ expected }) => expected),
    highMicroUSD: sum(({ high }) => high) + reach,
    jobMicroUSD: Math.max(0, ...jobMicroUSDByCell),
    confidence: weakest(CONFIDENCE, estimates, ({ confidence }) => confidence),
    basis: weakest(BASIS, estimates, ({ basis }) => basis),
    jobs: cells.reduce((all, { jobs }) => all + jobs, 0),
    jobMicroUSDByCell,
  };
}

/** From the strongest to the weakest. */
const BASIS = ['Free', 'History', 'Assumed', 'Text'] as const;
const CONFIDENCE = ['High', 'Medium', 'Low'] as const;

type CellEstimate = {
  /** Ends of what is assumed; the same as `expected` where only chance widens it. */
  low: number;
  expected: number;
  high: number;
  /** How far chance may carry the sum from `expected`. */
  spread: number;
  /** Reserved for a job. */
  job: number;
  basis: Estimate['basis'];
  confidence: Estimate['confidence'];
};

function estimateCell(cell: CellToEstimate): CellEstimate | undefined {
  const { prices, history, jobs } = cell;
  if (prices === undefined) return undefined;
  const known = isFree(prices)
    ? FREE
    : history !== undefined
      ? fromHistory(history, prices, jobs)
      : assumed(cell, prices);
  return known && { ...known, job: cell.jobBudgetMicroUSD ?? known.job };
}

const FREE: CellEstimate = { low: 0, expected: 0, high: 0, spread: 0, job: 0, basis: 'Free', confidence: 'High' };

function isFree(prices: Prices): boolean {
  return Object.values(prices).every((price) => Number(price) === 0);
}

const Z_90 = 1.6448536269514722;
/** A mean of so many jobs is a good one. */
const MANY_JOBS = 30;

function fromHistory(usage: UsageHistory, prices: Prices, jobs: number): CellEstimate {
  const perJob = costMicroUSD(usage, prices) / usage.jobs;
  const deviation =
    costMicroUSD(tokens(usage.inputDeviation, usage.outputDeviation), prices) *
    // One job tells nothing of how they differ.
    (usage.jobs > 1 ? 1 : 0);
  const expected = Math.ceil(perJob * jobs);
  const spread = Z_90 * deviation * Math.sqrt(jobs + jobs ** 2 / usage.jobs);
  const single = usage.jobs === 1 ? expected : 0;
  return {
    low: expected - Math.floor(single / 2),
    expected,
    high: expected + single,
    spread,
    job: costMicroUSD(tokens(usage.maxInputTokens, usage.maxOutputTokens), prices),
    basis: 'History',
    confidence: usage.jobs < MANY_JOBS ? 'Low' : usage.isOwn ? 'High' : 'Medium',
  };
}

/** Nobody has measured it: half of what was assumed to twice as much. */
function assumed({ assumedUsage, direct, jobs }: CellToEstimate, prices: Prices): CellEstimate | undefined {
  const usage = assumedUsage ?? (direct && textUsage(direct));
  if (usage === undefined) return undefined;
  const job = costMicroUSD(tokens(usage.inputTokens, usage.outputTokens), prices);
  const expected = job * jobs;
  const basis = assumedUsage === undefined ? 'Text' : 'Assumed';
  return {
    low: Math.floor(expected / 2),
    expected,
    high: expected * 2,
    spread: 0,
    job: job * 2,
    basis,
    confidence: 'Low',
  };
}

/** Few tokenizers need a token for less than three bytes of a text that people wrote. */
const BYTES_PER_TOKEN = 3;

function textUsage({ promptBytes, maxOutputTokens }: NonNullable<CellToEstimate['direct']>) {
  return { inputTokens: Math.ceil(promptBytes / BYTES_PER_TOKEN), outputTokens: maxOutputTokens };
}

function tokens(inputTokens: number, outputTokens: number) {
  return { inputTokens, outputTokens, cachedTokens: 0 };
}

function weakest<T extends string>(
  order: readonly T[],
  cells: readonly CellEstimate[],
  pick: (cell: CellEstimate) => T,
): T {
  return order[Math.max(0, ...cells.map((cell) => order.indexOf(pick(cell))))] as T;
}

/** So many finished runs of the namespace are looked at. */
const NEWEST_RUNS = 20;

/**
 * What earlier jobs of an agent and a model used, from the status of the newest 20 finished runs of the namespace: those
 * of the same benchmark where it has any, else those of others. Undefined when none is known.
 */
export function usageHistory(
  runs: readonly RuneRun[],
  benchmark: string,
  agent: string,
  model: string,
): UsageHistory | undefined {
  const newest = runs
    .filter(({ status }) => status?.completionTime !== undefined)
    .toSorted((a, b) => ((a.status?.completionTime ?? '') < (b.status?.completionTime ?? '') ? 1 : -1))
    .slice(0, NEWEST_RUNS);
  const usages = (isOwn: boolean) =>
    newest
      .filter(({ spec }) => (spec.benchmarkRef.name === benchmark) === isOwn)
      .flatMap(({ status }) => status?.cells ?? [])
      .flatMap((cell) => (cell.agent === agent && cell.model === model && cell.usage?.jobs ? [cell.usage] : []));
  const own = usages(true);
  const isOwn = own.length > 0;
  const pooled = pool(isOwn ? own : usages(false));
  return pooled && { ...pooled, isOwn };
}

/** Together as if they were one sample; deviations as the median of theirs, since means differ between runs, too. */
function pool(usages: readonly Partial<CellUsage>[]): CellUsage | undefined {
  if (usages.length === 0) return undefined;
  const all = (pick: (usage: Partial<CellUsage>) => number | undefined) => usages.map((usage) => pick(usage) ?? 0);
  const sum = (values: number[]) => values.reduce((total, one) => total + one, 0);
  const middle = (values: number[]) =>
    Math.ceil(
      quantile(
        values.toSorted((a, b) => a - b),
        0.5,
      ) ?? 0,
    );
  return {
    jobs: sum(all(({ jobs }) => jobs)),
    inputTokens: sum(all(({ inputTokens }) => inputTokens)),
    outputTokens: sum(all(({ outputTokens }) => outputTokens)),
    cachedTokens: sum(all(({ cachedTokens }) => cachedTokens)),
    inputDeviation: middle(all(({ inputDeviation }) => inputDeviation)),
    outputDeviation: middle(all(({ outputDeviation }) => outputDeviation)),
    maxInputTokens: Math.max(...all(({ maxInputTokens }) => maxInputTokens)),
    maxOutputTokens: Math.max(...all(({ maxOutputTokens }) => maxOutputTokens)),
  };
}
