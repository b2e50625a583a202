import { CASES_DROPPED } from '../../crds/cases.ts';
import type { FrozenCell } from '../../crds/frozen-run.ts';
import { countsByQuestion, type QuestionCounts, total } from '../../crds/statistics/counts.ts';
import { flakiness } from '../../crds/statistics/flakiness.ts';
import { passAll, passAny } from '../../crds/statistics/pass-at-k.ts';
import { passRate } from '../../crds/statistics/pass-rate.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { CellTally } from './cell-tally.ts';

type RunStatus = NonNullable<RuneRun['status']>;
export type CellStatus = NonNullable<RunStatus['cells']>[number];

/** Ended without a measurement, whether or not the agent was asked. */
const UNMEASURED = `${CASES_DROPPED}CX`;

/** What a cell's jobs found. Pure. `tally` is of its RuneJobs that are there. */
export function cellStatus(cell: FrozenCell, cases: string, trials: number, tally: CellTally): CellStatus {
  const counts = countsByQuestion(cases, trials);
  const { n, passed } = total(counts);
  const answered = count(cases, 'A');
  return {
    agent: cell.agent.name,
    model: cell.model.name,
    jobs: cases.length,
    measured: n,
    passed,
    unmeasured: count(cases, UNMEASURED),
    ...rates(counts, trials),
    ...positive('answered', answered),
    ...positive('timeouts', count(cases, 'T')),
    ...latency(tally),
    ...usage(tally),
    // Absent when the model has no price.
    ...(cell.prices === undefined ? {} : { costMicroUSD: tally.costMicroUSD }),
    ...positive('retries', tally.retries),
    ...positive('maxLoad', tally.loads.max),
    // Said only where it is wrong.
    ...(tally.agents > 1 ? { agentImages: tally.agents } : {}),
    cases,
  };
}

function rates(counts: readonly QuestionCounts[], trials: number): Partial<CellStatus> {
  const rate = passRate(counts);
  if (rate === undefined) return {};
  return {
    passPermille: Math.round(rate.rate * 1000),
    lowPermille: Math.floor(rate.low * 1000),
    highPermille: Math.ceil(rate.high * 1000),
    ...permille('passAllPermille', passAll(counts, trials)),
    ...permille('passAnyPermille', passAny(counts, trials)),
    ...permille('flakyPermille', flakiness(counts)),
  };
}

function latency({ latencies }: CellTally): Partial<CellStatus> {
  const [p50, p95] = [latencies.quantile(0.5), latencies.quantile(0.95)];
  if (p50 === undefined || p95 === undefined) return {};
  return { latency: { p50Milliseconds: Math.round(p50), p95Milliseconds: Math.round(p95) } };
}

function usage({ inputTokens, outputTokens, cachedTokens }: CellTally): Partial<CellStatus> {
  if (inputTokens.size === 0) return {};
  return {
    usage: {
      jobs: inputTokens.size,
      inputTokens: inputTokens.sum,
      outputTokens: outputTokens.sum,
      cachedTokens,
      inputDeviation: Math.ceil(inputTokens.deviation),
      outputDeviation: Math.ceil(outputTokens.deviation),
      maxInputTokens: inputTokens.max,
      maxOutputTokens: outputTokens.max,
    },
  };
}

function count(cases: string, characters: string): number {
  let found = 0;
  for (const one of cases) if (characters.includes(one)) found++;
  return found;
}

function positive<Key extends string>(key: Key, value: number): { [K in Key]?: number } {
  return (value > 0 ? { [key]: value } : {}) as { [K in Key]?: number };
}

function permille<Key extends string>(key: Key, ratio: number | undefined): { [K in Key]?: number } {
  return (ratio === undefined ? {} : { [key]: Math.round(ratio * 1000) }) as { [K in Key]?: number };
}
