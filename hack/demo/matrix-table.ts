import { styleText } from 'node:util';
import { dollars } from '../../controllers/run/summary.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { Cell } from './run-view.ts';
import { type Column, table } from './table.ts';

type Compared = NonNullable<NonNullable<NonNullable<RuneRun['status']>['comparison']>['cells']>[number];
type Row = { cell: Cell; compared: Compared | undefined };

/** What a run found: a line for each cell, with how it differs from the baseline where there is one. */
export function matrixTable({ status = {} }: RuneRun, width: number): string[] {
  const { cells = [], comparison, pinned } = status;
  const rows = cells.map((cell, place) => ({ cell, compared: comparison?.cells?.find((one) => one.cell === place) }));
  const columns = [...found(pinned?.trials ?? 1), ...(comparison === undefined ? [] : changed)];
  return table(columns, rows, width);
}

function found(trials: number): Column<Row>[] {
  return [
    { title: 'AGENT', text: ({ cell }) => cell.agent },
    { title: 'MODEL', text: ({ cell }) => cell.model },
    { title: 'N', text: measured, align: 'right' },
    { title: 'PASS', text: ({ cell }) => percent(cell.passPermille), align: 'right' },
    { title: 'CI95', text: ({ cell }) => interval(cell), align: 'right' },
    { title: `PASS^${trials}`, text: ({ cell }) => percent(cell.passAllPermille), align: 'right' },
    { title: 'P50', text: ({ cell }) => seconds(cell.latency?.p50Milliseconds), align: 'right' },
    { title: 'P95', text: ({ cell }) => seconds(cell.latency?.p95Milliseconds), align: 'right' },
    { title: 'TOKENS', text: tokens, align: 'right' },
    { title: 'COST', text: cost, align: 'right' },
  ];
}

const changed: readonly Column<Row>[] = [
  { title: 'CHANGE', text: ({ compared }) => percent(compared?.differencePermille, '+'), align: 'right' },
  { title: 'P-VALUE', text: ({ compared }) => compared?.pValue ?? '-', align: 'right' },
  {
    title: 'WORSE',
    text: ({ compared }) => (compared?.regressed ? 'yes' : 'no'),
    style: (text, { compared }) => (compared?.regressed ? styleText('red', text) : text),
  },
];

function percent(permille: number | undefined, plus = ''): string {
  if (permille === undefined) return '-';
  return `${permille > 0 ? plus : ''}${(permille / 10).toFixed(1)}%`;
}

/** Of how many, where some are missing. */
function measured({ cell: { measured: n, jobs } }: Row): string {
  return n === jobs ? `${n}` : `${n}/${jobs}`;
}

/** Ends are rounded outwards. */
function interval({ lowPermille, highPermille }: Cell): string {
  if (lowPermille === undefined || highPermille === undefined) return '-';
  return `${Math.floor(lowPermille / 10)}-${Math.ceil(highPermille / 10)}%`;
}

function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

function tokens({ cell: { usage } }: Row): string {
  return usage === undefined ? '-' : `${usage.inputTokens ?? 0}+${usage.outputTokens ?? 0}`;
}

function cost({ cell: { costMicroUSD } }: Row): string {
  return costMicroUSD === undefined ? '-' : dollars(costMicroUSD);
}
