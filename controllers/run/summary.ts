import type { RuneRun } from '../../crds/types.ts';
import type { CellStatus } from './cell-status.ts';

type RunStatus = NonNullable<RuneRun['status']>;
type Summary = NonNullable<RunStatus['summary']>;

/** The columns of kubectl: of several cells the weakest one, since a benchmark is no better than that. Pure. */
export function summaryOf(
  cells: readonly CellStatus[],
  jobs: RunStatus['jobs'],
  costMicroUSD: number | undefined,
  state: string,
): Summary {
  const [weakest] = cells
    .filter(({ passPermille }) => passPermille !== undefined)
    .toSorted((a, b) => (a.passPermille ?? 0) - (b.passPermille ?? 0));
  const p95 = Math.max(0, ...cells.map(({ latency }) => latency?.p95Milliseconds ?? 0));
  return {
    done: `${jobs?.finished ?? 0}/${jobs?.total ?? 0}`,
    ...(weakest?.passPermille === undefined ? {} : { pass: `${(weakest.passPermille / 10).toFixed(1)}%` }),
    ...(weakest?.lowPermille === undefined
      ? {}
      : { ci95: interval(weakest.lowPermille, weakest.highPermille ?? 1000) }),
    ...(p95 === 0 ? {} : { p95: seconds(p95) }),
    ...(costMicroUSD === undefined ? {} : { cost: dollars(costMicroUSD) }),
    state,
  };
}

/** Cents, or as many digits as a small sum needs. */
export function dollars(microUSD: number): string {
  const amount = microUSD / 1e6;
  return `$${amount.toFixed(amount >= 1 || amount === 0 ? 2 : amount >= 0.01 ? 4 : 6)}`;
}

function interval(low: number, high: number): string {
  return `${Math.floor(low / 10)}-${Math.ceil(high / 10)}%`;
}

function seconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const value = milliseconds / 1000;
  return `${value.toFixed(value < 100 ? 1 : 0)}s`;
}
