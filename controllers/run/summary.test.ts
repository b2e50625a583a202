import { describe, expect, test } from 'vitest';
import type { CellStatus } from './cell-status.ts';
import { dollars, summaryOf } from './summary.ts';

const cell = (more: Partial<CellStatus>): CellStatus => ({
  ...{ agent: 'a', model: 'm', jobs: 10, measured: 10, passed: 9, unmeasured: 0, cases: 'PPPPPPPPPF' },
  ...more,
});
const jobs = { total: 40, finished: 37 };

test('is of the weakest cell, the slowest one, and all that was spent', () => {
  const cells = [
    cell({ passPermille: 933, lowPermille: 812, highPermille: 981, latency: { p95Milliseconds: 12_345 } }),
    cell({ passPermille: 500, lowPermille: 237, highPermille: 763, latency: { p95Milliseconds: 900 } }),
    cell({}),
  ];
  expect(summaryOf(cells, jobs, 12_300, 'Running')).toEqual({
    done: '37/40',
    pass: '50.0%',
    ci95: '23-77%',
    p95: '12.3s',
    cost: '$0.0123',
    state: 'Running',
  });
});

test('of nothing yet has no numbers', () => {
  expect(summaryOf([cell({})], undefined, undefined, 'Suspended')).toEqual({ done: '0/0', state: 'Suspended' });
});

describe('latency', () => {
  test.each([
    [999, '999ms'],
    [1000, '1.0s'],
    [99_949, '99.9s'],
    [123_456, '123s'],
  ])('%i ms', (p95Milliseconds, expected) => {
    expect(summaryOf([cell({ latency: { p95Milliseconds } })], jobs, 0, '').p95).toBe(expected);
  });
});

test.each([
  [0, '$0.00'],
  [7, '$0.000007'],
  [12_345, '$0.0123'],
  [999_999, '$1.0000'],
  [1_000_000, '$1.00'],
  [123_456_789, '$123.46'],
])('%i millionths are %s', (amount, expected) => {
  expect(dollars(amount)).toBe(expected);
});
