import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { RuneRun } from '../../crds/types.ts';
import { matrixTable, progress } from './matrix-table.ts';

const cell = {
  agent: 'terse',
  model: 'smollm2:135m',
  jobs: 18,
  measured: 17,
  passed: 15,
  unmeasured: 1,
  passPermille: 882,
  lowPermille: 601,
  highPermille: 974,
  passAllPermille: 800,
  latency: { p50Milliseconds: 412, p95Milliseconds: 1208 },
  usage: { jobs: 17, inputTokens: 900, outputTokens: 120 },
  costMicroUSD: 43,
  cases: 'PPP',
};
const unmeasured = {
  agent: 'plain',
  model: 'smollm2:135m',
  jobs: 18,
  measured: 0,
  passed: 0,
  unmeasured: 0,
  cases: '...',
};
const run = {
  metadata: { name: 'basics-1' },
  status: { pinned: { trials: 3 }, cells: [unmeasured, cell], summary: { done: '17/36', state: 'Running' } },
} as unknown as RuneRun;

test('the matrix has a line for each agent and model, and fits into 100 columns', () => {
  const lines = matrixTable(run, 100).map(stripVTControlCharacters);
  expect(lines).toEqual([
    'AGENT  MODEL          PASS    CI95  PASS^3      N     P50     P95   TOKENS       COST',
    'plain  smollm2:135m      -       -       -   0/18       -       -        -          -',
    'terse  smollm2:135m  88.2%  60-98%   80.0%  17/18  0.41 s  1.21 s  900+120  $0.000043',
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
});

test('a line tells how far the run is', () => {
  expect(progress(run)).toBe('basics-1  17/36  Running  plain 0/0, terse 15/17');
});
