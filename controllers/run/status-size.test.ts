import { describe, expect, test } from 'vitest';
import { CASE } from '../../crds/cases.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { whole } from '../../crds/statistics/steps.ts';
import type { RuneJob } from '../../crds/types.ts';
import { jobOfCase } from './job-of-case.ts';
import { plan } from './plan.ts';
import { RunState } from './run-state.ts';
import { sampleFrozen, sampleRun } from './simulation/sample.ts';

const NOW = Date.parse('2026-11-25T01:00:00Z');
const long = (prefix: string, length: number) => prefix.padEnd(length, 'x');

/** Names as long as the schema takes them, and tags of all kinds. */
function longest(frozen: FrozenRun): FrozenRun {
  return {
    ...frozen,
    cells: frozen.cells.map((cell, place) => ({
      ...cell,
      agent: { ...cell.agent, name: long(`a${place}`, 40) },
      model: { ...cell.model, name: long(`m${place}`, 128) },
    })),
    questions: frozen.questions.map((question, place) => ({
      ...question,
      id: long(`q${place}`, 63),
      critical: true as const,
      tags: Array.from({ length: 8 }, (_, tag) => long(`t${place % 9}-${tag}`, 31)),
    })),
    baseline: { name: 'baseline', uid: 'baseline-uid' },
  };
}

describe.each([
  ['64 cells x 156 questions', { agents: 8, models: 8, questions: 156, trials: 1 }],
  ['20 cells x 500 questions', { agents: 5, models: 4, questions: 500, trials: 1 }],
  ['1 cell x 500 questions x 20 trials', { agents: 1, models: 1, questions: 500, trials: 20 }],
])('a run of 10,000 jobs, %s', (_name, shape) => {
  const frozen = longest(sampleFrozen(shape));
  const run = sampleRun(frozen);
  run.metadata.name = long('r', 52);

  test('keeps its status below 100 KB all the way, all cases included', () => {
    const started = JSON.stringify(run).length;
    const jobs = jobsOf(frozen, run);
    const state = new RunState(run, frozen, jobs);
    const baseline = {
      ...run,
      metadata: { ...run.metadata, uid: 'baseline-uid' },
      status: finish(state, run, undefined),
    };
    const ended = finish(new RunState(run, frozen, jobs.map(failed)), run, baseline);
    const size = JSON.stringify({ ...run, status: ended }).length;
    expect(Math.max(started, size)).toBeLessThan(100_000);
    const cases = ended.cells?.map((cell) => cell.cases).join('') ?? '';
    expect(cases).toHaveLength(jobs.length);
    expect(ended.comparison?.cells).toHaveLength(frozen.cells.length);
  });
});

function finish(
  state: RunState,
  run: Parameters<typeof plan>[0]['run'],
  baseline: Parameters<typeof plan>[0]['baseline'],
) {
  const steps = plan(
    {
      run,
      frozen: state.frozen,
      progress: state.progress,
      cells: () => state.cells(),
      baseline,
      stop: undefined,
      refusal: undefined,
      maxJobsOf: () => 10,
      writtenAt: 0,
    },
    NOW,
  );
  const { status } = whole(steps);
  if (status?.completionTime === undefined) throw new Error('the run has not ended');
  return status;
}

function jobsOf(frozen: FrozenRun, run: Parameters<typeof jobOfCase>[0]): RuneJob[] {
  const count = frozen.cells.length * frozen.questions.length * frozen.trials;
  return Array.from({ length: count }, (_, index) => {
    const job = jobOfCase(run, frozen, index) as RuneJob;
    const usage = { inputTokens: 1_000_000 + index, outputTokens: 100_000, cachedTokens: 0 };
    const status = { observedGeneration: 1, outcome: 'Passed', usage, costMicroUSD: 1_000_000 } as RuneJob['status'];
    return {
      ...job,
      metadata: { ...job.metadata, uid: `u${index}` },
      status: { ...status, timings: { agentMilliseconds: 10_000 + index } },
    } as RuneJob;
  });
}

function failed(job: RuneJob): RuneJob {
  return { ...job, status: { ...job.status, outcome: 'Failed' } } as RuneJob;
}

test('every outcome has a character of its own', () => {
  expect(new Set(Object.values(CASE)).size).toBe(Object.keys(CASE).length);
});
