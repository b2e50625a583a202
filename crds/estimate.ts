import type { Prices } from './job-file.ts';
import { costMicroUSD } from './money.ts';
import { t95 } from './statistics/student-t.ts';
import type { RuneBenchmark, RuneRun } from './types.ts';
import type { UsageHistory } from './usage-history.ts';

/** Amounts are whole millionths of a US dollar. */
export type Estimate = Required<NonNullable<NonNullable<RuneRun['status']>['estimate']>>;

/** What is known of a cell before it runs. */
export type CellToEstimate = {
  /** Absent when no price of the model is known. */
  prices?: Prices;
  jobs: number;
  /** Of earlier jobs of the same agent and model. */
  history?: UsageHistory;
  assumedUsage?: RuneBenchmark['spec']['assumedUsage'];
  /** Of an agent that is the model itself, which is called once, so that its use follows from the question. */
  direct?: {
    /** Mean length of what the model reads, in bytes of UTF-8. */
    promptBytes: number;
    /** The most tokens of an answer. */
    maxOutputTokens: number;
  };
  /** `jobTemplate.budget.maxCostUSD`, in millionths of a US dollar: what is reserved for a job, whatever is expected. */
  jobBudgetMicroUSD?: number;
};

/**
 * What a run will cost when no attempt is made twice; `jobMicroUSDByCell` is what is reserved for each job in progress.
 * Undefined when, for some cell, there is no price or nothing to go by: then nothing can be said of the whole.
 * What each basis means for a cell stands at its function. Amounts are rounded up.
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
  // By chance cells differ independently, so that their reaches add as squares; what is only assumed may err alike in all.
  const reach = Math.sqrt(sum((cell) => cell.reach ** 2));
  const jobMicroUSDByCell = estimates.map(({ job }) => job);
  return {
    lowMicroUSD: Math.max(0, Math.floor(sum(({ low }) => low) - reach)),
    expectedMicroUSD: Math.ceil(sum(({ expected }) => expected)),
    highMicroUSD: Math.ceil(sum(({ high }) => high) + reach),
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
  /** The ends of what is assumed; the same as `expected` where only chance parts the sum from it. */
  low: number;
  expected: number;
  high: number;
  /** How far chance may carry the sum to either side. */
  reach: number;
  /** Reserved for a job. */
  job: number;
  basis: Estimate['basis'];
  confidence: Estimate['confidence'];
};

function estimateCell(cell: CellToEstimate): CellEstimate | undefined {
  const estimate = byBasis(cell);
  return estimate && { ...estimate, job: cell.jobBudgetMicroUSD ?? estimate.job };
}

function byBasis({ prices, history, assumedUsage, direct, jobs }: CellToEstimate): CellEstimate | undefined {
  if (prices === undefined) return undefined;
  if (Object.values(prices).every((price) => Number(price) === 0)) return FREE;
  if (history !== undefined) return fromHistory(history, prices, jobs);
  if (assumedUsage !== undefined) return assumed(assumedUsage, prices, jobs);
  return direct && fromText(direct, prices, jobs);
}

const FREE: CellEstimate = { low: 0, expected: 0, high: 0, reach: 0, job: 0, basis: 'Free', confidence: 'High' };

/** From so many jobs on, what they used tells well what others will. */
const MANY_JOBS = 30;

/**
 * Of m earlier jobs with mean cost μ and standard deviation s, N new ones are expected to cost N·μ, and do with 90 %
 * probability cost within t·s·√(N + N²/m) of it, where t is the 95th percentile of Student's distribution with m - 1
 * degrees of freedom: N is for how the new jobs differ, N²/m for what the m leave unknown of the mean. Source: G. Hahn,
 * W. Meeker, "Statistical Intervals", 1991, section 4.7 (prediction interval for the mean of future observations, times
 * their number). It takes jobs as independent: where the questions are the same as before it is wider than it need be.
 * The deviations of input and output are added as if they always went together, which is never too little.
 *
 * Reserved for a job is the most that one used, of either kind of tokens. One job alone tells as much as an assumption.
 */
function fromHistory(history: UsageHistory, prices: Prices, jobs: number): CellEstimate {
  const { jobs: earlier, maxInputTokens, maxOutputTokens, inputDeviation, outputDeviation, isOwn } = history;
  const cost = costMicroUSD(history, prices);
  const expected = (cost * jobs) / earlier;
  const job = costMicroUSD(tokens(maxInputTokens, maxOutputTokens), prices);
  if (earlier === 1) return { ...halfToTwice(expected), reach: 0, job: job * 2, basis: 'History', confidence: 'Low' };
  const deviation = costMicroUSD(tokens(inputDeviation, outputDeviation), prices);
  const reach = t95(earlier - 1) * deviation * Math.sqrt(jobs + jobs ** 2 / earlier);
  const isMany = earlier >= MANY_JOBS;
  const confidence = isOwn && isMany ? 'High' : isOwn || isMany ? 'Medium' : 'Low';
  return { low: expected, expected, high: expected, reach, job, basis: 'History', confidence };
}

/** Nobody has measured it, so it may be half of what was assumed, or twice as much, which is what is reserved for a job. */
function assumed(usage: NonNullable<CellToEstimate['assumedUsage']>, prices: Prices, jobs: number): CellEstimate {
  const job = costMicroUSD(tokens(usage.inputTokens, usage.outputTokens), prices);
  return { ...halfToTwice(job * jobs), reach: 0, job: job * 2, basis: 'Assumed', confidence: 'Low' };
}

function halfToTwice(expected: number) {
  return { low: expected / 2, expected, high: expected * 2 };
}

/** A rule of thumb: of English prose about four. Code and other scripts come near the least. */
const BYTES_PER_TOKEN = { least: 3, most: 6 };

/**
 * At most, a model reads a token for every three bytes and writes as much as it may; at least, it reads one for every six
 * and writes nothing. The middle is expected, the most is reserved for a job.
 */
function fromText(direct: NonNullable<CellToEstimate['direct']>, prices: Prices, jobs: number): CellEstimate {
  const { promptBytes, maxOutputTokens } = direct;
  const least = costMicroUSD(tokens(Math.floor(promptBytes / BYTES_PER_TOKEN.most), 0), prices);
  const most = costMicroUSD(tokens(Math.ceil(promptBytes / BYTES_PER_TOKEN.least), maxOutputTokens), prices);
  const expected = ((least + most) / 2) * jobs;
  return { low: least * jobs, expected, high: most * jobs, reach: 0, job: most, basis: 'Text', confidence: 'Low' };
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
