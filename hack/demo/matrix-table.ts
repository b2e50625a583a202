import { styleText } from 'node:util';
import { dollars } from '../../controllers/run/summary.ts';
import type { RuneRun } from '../../crds/types.ts';
import { type Column, table } from './table.ts';

type Cell = NonNullable<NonNullable<RuneRun['status']>['cells']>[number];

const columns = (trials: number): Column<Cell>[] => [
  { title: 'AGENT', text: ({ agent }) => agent },
  { title: 'MODEL', text: ({ model }) => model },
  { title: 'PASS', text: ({ passPermille }) => percent(passPermille), align: 'right', style: coloured },
  { title: 'CI95', text: interval, align: 'right' },
  { title: `PASS^${trials}`, text: ({ passAllPermille }) => percent(passAllPermille), align: 'right' },
  {
    title: 'N',
    text: ({ measured, jobs }) => (measured === jobs ? `${measured}` : `${measured}/${jobs}`),
    align: 'right',
  },
  { title: 'P50', text: ({ latency }) => seconds(latency?.p50Milliseconds), align: 'right' },
  { title: 'P95', text: ({ latency }) => seconds(latency?.p95Milliseconds), align: 'right' },
  { title: 'TOKENS', text: tokens, align: 'right' },
  {
    title: 'COST',
    text: ({ costMicroUSD }) => (costMicroUSD === undefined ? '-' : dollars(costMicroUSD)),
    align: 'right',
  },
];

/** What a run found, a line for each agent and model, at most `width` characters wide. */
export function matrixTable({ status }: RuneRun, width: number): string[] {
  return table(columns(status?.pinned?.trials ?? 1), status?.cells ?? [], width);
}

/** How far a run is, in a line. */
export function progress({ metadata, status }: RuneRun): string {
  const { summary, cells = [] } = status ?? {};
  const rates = cells.map(({ agent, passed, measured }) => `${agent} ${passed}/${measured}`).join(', ');
  return [metadata.name, summary?.done ?? '', summary?.state ?? '', rates].filter((part) => part !== '').join('  ');
}

function coloured(text: string, { passPermille = 0 }: Cell): string {
  return styleText(passPermille >= 800 ? 'green' : passPermille >= 500 ? 'yellow' : 'red', text);
}

function interval({ lowPermille, highPermille }: Cell): string {
  if (lowPermille === undefined || highPermille === undefined) return '-';
  return `${Math.floor(lowPermille / 10)}-${Math.ceil(highPermille / 10)}%`;
}

function percent(permille: number | undefined): string {
  return permille === undefined ? '-' : `${(permille / 10).toFixed(1)}%`;
}

function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

function tokens({ usage }: Cell): string {
  return usage === undefined ? '-' : `${usage.inputTokens ?? 0}+${usage.outputTokens ?? 0}`;
}
