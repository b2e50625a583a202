import { describe, expect, test } from 'vitest';
import { sampleDeviation } from './statistics/deviation.ts';
import type { RuneRun } from './types.ts';
import { usageHistory } from './usage-history.ts';

/** A finished run, in which each job used so many output tokens, and ten times as many input tokens. */
function run(
  benchmark: string,
  minute: number,
  used: readonly number[],
  more: { finished?: boolean; agent?: string } = {},
) {
  const sum = used.reduce((total, one) => total + one, 0);
  const deviation = sampleDeviation(used);
  const usage = {
    jobs: used.length,
    inputTokens: 10 * sum,
    outputTokens: sum,
    cachedTokens: sum,
    inputDeviation: 10 * deviation,
    outputDeviation: deviation,
    maxInputTokens: 10 * Math.max(...used),
    maxOutputTokens: Math.max(...used),
  };
  const cell = {
    agent: more.agent ?? 'plain',
    model: 'small',
    jobs: used.length,
    measured: 0,
    passed: 0,
    unmeasured: 0,
    cases: '',
  };
  const completionTime = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return {
    spec: { benchmarkRef: { name: benchmark } },
    status: { cells: [{ ...cell, usage }], ...(more.finished === false ? {} : { completionTime }) },
  } as unknown as RuneRun;
}

const known = (runs: RuneRun[]) => usageHistory(runs, 'nightly', 'plain', 'small');

describe('unknown', () => {
  test.each<[string, RuneRun[]]>([
    ['without a run', []],
    ['while the run goes on', [run('nightly', 0, [5, 6], { finished: false })]],
    ['of another agent', [run('nightly', 0, [5, 6], { agent: 'terse' })]],
    ['where no job was measured', [run('nightly', 0, [])]],
    ['of a run that never started', [{ spec: { benchmarkRef: { name: 'nightly' } } } as RuneRun]],
  ])('%s', (_, runs) => {
    expect(known(runs)).toBeUndefined();
  });
});

test('several runs count as one sample', () => {
  const [first, second, third] = [[10, 20, 30], [40], [20, 20, 90, 100]];
  const all = [first, second, third].flat();
  expect(known([run('nightly', 0, first), run('nightly', 2, second), run('nightly', 1, third)])).toEqual({
    jobs: 8,
    inputTokens: 3300,
    outputTokens: 330,
    cachedTokens: 330,
    inputDeviation: Math.ceil(sampleDeviation(all.map((one) => 10 * one))),
    outputDeviation: Math.ceil(sampleDeviation(all)),
    maxInputTokens: 1000,
    maxOutputTokens: 100,
    isOwn: true,
  });
});

test('runs of other benchmarks count only where there is none of this one', () => {
  const other = run('weekly', 5, [1000]);
  expect(known([other, run('nightly', 0, [10])])).toMatchObject({ jobs: 1, outputTokens: 10, isOwn: true });
  expect(known([other])).toMatchObject({ jobs: 1, outputTokens: 1000, isOwn: false });
});

test('the newest 20 runs that know the cell count, and runs that do not know it take no place', () => {
  const runs = Array.from({ length: 30 }, (_, minute) => run('nightly', minute, [minute]));
  const strangers = Array.from({ length: 30 }, (_, minute) => run('nightly', 100 + minute, [7], { agent: 'terse' }));
  const sum = 20 * 10 + (19 * 20) / 2; // 10 to 29
  expect(known([...runs, ...strangers])).toMatchObject({ jobs: 20, outputTokens: sum });
});
