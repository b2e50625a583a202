import { styleText } from 'node:util';
import { MEASURED, type Outcome } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { type Column, table } from './table.ts';

const columns: readonly Column<RuneJob>[] = [
  { title: 'AGENT', text: (job) => job.spec.agent.ref.name },
  { title: 'MODEL', text: (job) => job.spec.model.name },
  { title: 'QUESTION', text: (job) => job.spec.question?.prompt ?? '', share: 2 },
  { title: 'OUTCOME', text: (job) => job.status?.outcome ?? '', style: (text, job) => coloured(text, job) },
  { title: 'SCORE', text: (job) => shown(job.status?.scorePermille), align: 'right' },
  { title: 'ANSWER', text: (job) => job.status?.answer?.excerpt ?? '', share: 3 },
  { title: 'TOKENS', text: tokens, align: 'right' },
  { title: 'µUSD', text: (job) => shown(job.status?.costMicroUSD), align: 'right' },
  { title: 'LATENCY', text: latency, align: 'right' },
];

/** What the jobs measured, a line each, in the order in which they were asked. */
export function resultTable(jobs: readonly RuneJob[], width: number): string[] {
  const asked = (job: RuneJob) => job.status?.attempts?.at(0)?.startTime ?? '';
  return table(
    columns,
    [...jobs].sort((a, b) => asked(a).localeCompare(asked(b))),
    width,
  );
}

/** One line on what all of it took. */
export function totals(jobs: readonly RuneJob[]): string {
  const sum = (of: (job: RuneJob) => number | undefined) => jobs.reduce((total, job) => total + (of(job) ?? 0), 0);
  const input = sum((job) => job.status?.usage?.inputTokens);
  const output = sum((job) => job.status?.usage?.outputTokens);
  const cost = (sum((job) => job.status?.costMicroUSD) / 1e6).toFixed(6);
  const counts = Object.entries(Object.groupBy(jobs, (job) => job.status?.outcome ?? 'unfinished'));
  const outcomes = counts.map(([outcome, each]) => `${each?.length} ${outcome}`).join(', ');
  return `${jobs.length} jobs: ${outcomes}. Tokens: ${input} in, ${output} out. Cost: ${cost} USD (at made-up prices, see hack/demo/git/backend.yaml).`;
}

function coloured(text: string, { status }: RuneJob): string {
  const outcome = status?.outcome as Outcome | undefined;
  if (outcome === 'Passed' || outcome === 'Answered') return styleText('green', text);
  return styleText(outcome !== undefined && MEASURED.has(outcome) ? 'red' : 'yellow', text);
}

function tokens({ status }: RuneJob): string {
  const { inputTokens, outputTokens } = status?.usage ?? {};
  return inputTokens === undefined ? '-' : `${inputTokens}+${outputTokens ?? 0}`;
}

function latency({ status }: RuneJob): string {
  const milliseconds = status?.timings?.agentMilliseconds;
  return milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}
