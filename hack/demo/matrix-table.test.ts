import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import type { RuneRun } from '../../crds/types.ts';
import { matrixTable } from './matrix-table.ts';

const measured = {
  agent: 'plain',
  model: 'small',
  jobs: 18,
  measured: 18,
  passed: 16,
  unmeasured: 0,
  passPermille: 889,
  lowPermille: 671,
  highPermille: 969,
  passAllPermille: 722,
  latency: { p50Milliseconds: 420, p95Milliseconds: 2345 },
  usage: { jobs: 18, inputTokens: 500, outputTokens: 300 },
  costMicroUSD: 71,
  cases: 'PPPPPPPPPPPPPPPPFF',
};
const unmeasured = {
  ...{ agent: 'terse', model: 'small', jobs: 18, measured: 0, passed: 0 },
  unmeasured: 18,
  cases: '',
};

const run = { metadata: {}, status: { pinned: { trials: 3 }, cells: [measured, unmeasured] } } as unknown as RuneRun;
const table = (of: RuneRun) => matrixTable(of, 120).map((line) => stripVTControlCharacters(line));

it('has a line for each cell, and no number for what was not measured', () => {
  expect(table(run)).toEqual([
    'AGENT  MODEL     N   PASS    CI95  PASS^3     P50     P95   TOKENS       COST',
    'plain  small    18  88.9%  67-97%   72.2%  0.42 s  2.35 s  500+300  $0.000071',
    'terse  small  0/18      -       -       -       -       -        -          -',
  ]);
});

it('says what changed against the baseline', () => {
  const cells = [{ cell: 0, questions: 6, differencePermille: -111, pValue: '0.1094', regressed: false }];
  const compared = { ...run, status: { ...run.status, comparison: { baseline: 'basics-1', cells } } } as RuneRun;
  const [titles, first, second] = table(compared);
  expect(titles).toMatch(/ {2}CHANGE {2}P-VALUE {2}WORSE$/);
  expect(first).toMatch(/ {2}-11\.1% {3}0\.1094 {2}no$/);
  expect(second).toMatch(/ {2}- {8}- {2}no$/);
});

it('shows no more of a run without cells than titles', () => {
  expect(table({ metadata: {} } as RuneRun)).toHaveLength(1);
});
