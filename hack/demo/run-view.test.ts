import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RuneRun } from '../../crds/types.ts';
import { runLine, runLines, verdicts } from './run-view.ts';

const lastTransitionTime = '2026-01-01T00:00:00Z';
const cell = { model: 'small', jobs: 6, unmeasured: 0 };

const run = {
  metadata: { name: 'basics-1a2b3c4d' },
  status: {
    pinned: { trials: 3 },
    summary: { done: '7/12', cost: '$0.0001', state: 'Running' },
    cells: [
      { ...cell, agent: 'plain', measured: 4, passed: 3, cases: 'PPFPo.' },
      { ...cell, agent: 'by-hand', measured: 2, passed: 2, cases: 'PP-...' },
    ],
  },
} as unknown as RuneRun;

const plain = (lines: readonly string[]) => lines.map((line) => stripVTControlCharacters(line));

describe('runLines', () => {
  it('shows each case, the trials of a question side by side', () => {
    expect(plain(runLines(run))).toEqual([
      '· basics-1a2b3c4d  7/12  Running  $0.0001',
      '  plain / small    PPF Po.  3 of 4 passed',
      '  by-hand / small  PP- ...  2 of 2 passed',
    ]);
  });

  it('shows a run that nobody has looked at yet', () => {
    expect(runLines({ metadata: { name: 'basics-1a2b3c4d' } } as RuneRun)).toEqual(['· basics-1a2b3c4d  created']);
  });

  it('marks one that has finished', () => {
    const conditions = [
      { type: 'Finished', status: 'True' as const, reason: 'Complete', message: '', lastTransitionTime },
    ];
    expect(runLines({ ...run, status: { ...run.status, conditions } })[0]).toMatch(/^✓ /);
  });
});

it('runLine has all of it in one line', () => {
  expect(runLine(run)).toBe(
    'basics-1a2b3c4d  7/12  Running  $0.0001, plain / small 3 of 4 passed, by-hand / small 2 of 2 passed',
  );
});

it('verdicts are the conditions that say how it went, in their order', () => {
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => ({
    ...{ type, status, reason, message, lastTransitionTime },
  });
  const conditions = [
    condition('Regressed', 'True', 'PassRateFell', 'It fell.'),
    condition('Archived', 'False', 'NotConfigured', 'Nowhere.'),
    condition('Finished', 'True', 'Complete', 'All were measured.'),
  ];
  expect(verdicts({ ...run, status: { ...run.status, conditions } })).toEqual([
    'Finished=True, Complete: All were measured.',
    'Regressed=True, PassRateFell: It fell.',
  ]);
});
