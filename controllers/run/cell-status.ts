import { CASES_DROPPED, CASES_IN_N } from '../../crds/cases.ts';
import type { FrozenCell } from '../../crds/frozen-run.ts';
import { countsByQuestion, type QuestionCounts, total } from '../../crds/statistics/counts.ts';
import { sampleDeviation } from '../../crds/statistics/deviation.ts';
import { flakiness } from '../../crds/statistics/flakiness.ts';
import { passAll, passAny } from '../../crds/statistics/pass-at-k.ts';
import { passRate } from '../../crds/statistics/pass-rate.ts';
import { quantile } from '../../crds/statistics/quantile.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { JobRecord } from './job-record.ts';

type RunStatus = NonNullable<RuneRun['status']>;
export type CellStatus = NonNullable<RunStatus['cells']>[number];

/** Ended without a measurement, whether or not the agent was asked. */
const UNMEASURED = `${CASES_DROPPED}CX`;

/** What a cell's jobs found. Pure. `records` are those of its RuneJobs that are there. */
export function cellStatus(cell: FrozenCell, cases: string, trials: number, records: readonly JobRecord[]): CellStatus {
  const counts = countsByQuestion(cases, trials);
  const { n, passed } = total(counts);
  const answered = count(cases, 'A');
  const finished = records.filter((record) => record.case !== 'o');
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
    ...latency(finished),
    ...usage(finished),
    ...cost(cell, records),
    ...positive(
      'retries',
      sum(records, ({ retries }) => retries),
    ),
    ...positive('maxLoad', Math.max(0, ...records.map(({ load }) => load))),
    ...mixture(records),
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

function latency(records: readonly JobRecord[]): Partial<CellStatus> {
  const sorted = Float64Array.from(records.flatMap((record) => record.latency ?? [])).toSorted();
  const [p50, p95] = [quantile(sorted, 0.5), quantile(sorted, 0.95)];
  if (p50 === undefined || p95 === undefined) return {};
  return { latency: { p50Milliseconds: Math.round(p50), p95Milliseconds: Math.round(p95) } };
}

function usage(records: readonly JobRecord[]): Partial<CellStatus> {
  const measured = records.filter((record) => record.hasUsage && `${CASES_IN_N}A`.includes(record.case));
  if (measured.length === 0) return {};
  return {
    usage: {
      jobs: measured.length,
      inputTokens: sum(measured, (one) => one.inputTokens),
      outputTokens: sum(measured, (one) => one.outputTokens),
      cachedTokens: sum(measured, (one) => one.cachedTokens),
      inputDeviation: Math.ceil(sampleDeviation(measured.map((one) => one.inputTokens))),
      outputDeviation: Math.ceil(sampleDeviation(measured.map((one) => one.outputTokens))),
      maxInputTokens: Math.max(...measured.map((one) => one.inputTokens)),
      maxOutputTokens: Math.max(...measured.map((one) => one.outputTokens)),
    },
  };
}

/** Absent when the model has no price. */
function cost({ prices }: FrozenCell, records: readonly JobRecord[]): Partial<CellStatus> {
  return prices === undefined ? {} : { costMicroUSD: sum(records, ({ costMicroUSD = 0 }) => costMicroUSD) };
}

/** Said only where it is wrong. */
function mixture(records: readonly JobRecord[]): Partial<CellStatus> {
  const agents = new Set(records.flatMap(({ agent }) => agent ?? []));
  return agents.size > 1 ? { agentImages: agents.size } : {};
}

function count(cases: string, characters: string): number {
  let found = 0;
  for (const one of cases) if (characters.includes(one)) found++;
  return found;
}

function sum(records: readonly JobRecord[], pick: (record: JobRecord) => number): number {
  return records.reduce((all, record) => all + pick(record), 0);
}

function positive<Key extends string>(key: Key, value: number): { [K in Key]?: number } {
  return (value > 0 ? { [key]: value } : {}) as { [K in Key]?: number };
}

function permille<Key extends string>(key: Key, ratio: number | undefined): { [K in Key]?: number } {
  return (ratio === undefined ? {} : { [key]: Math.round(ratio * 1000) }) as { [K in Key]?: number };
}
