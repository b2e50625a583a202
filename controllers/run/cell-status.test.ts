import { describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { cellStatus } from './cell-status.ts';
import { type JobRecord, recordOf } from './job-record.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen({ agents: 1, models: 1, questions: 5, trials: 2 });
const run = sampleRun(frozen);
const [cell] = frozen.cells;
if (cell === undefined) throw new Error('there is a cell');

const record = (index: number, status: Partial<NonNullable<RuneJob['status']>>): JobRecord =>
  recordOf(sampleJob(run, frozen, index, status));

test('of a cell of which nothing was made', () => {
  expect(cellStatus(cell, '..........', 2, [])).toEqual({
    agent: 'agent-0',
    model: 'model-0',
    jobs: 10,
    measured: 0,
    passed: 0,
    unmeasured: 0,
    costMicroUSD: 0,
    cases: '..........',
  });
});

describe('rates', () => {
  test('rest on what was measured; what dropped out widens the interval', () => {
    const partly = cellStatus(cell, 'PPPPPPPFR-', 2, []);
    expect(partly).toMatchObject({ measured: 8, passed: 7, unmeasured: 2, passPermille: 875 });
    expect(partly.lowPermille).toBe(cellStatus(cell, 'PPPPPPPFFF', 2, []).lowPermille);
    expect(partly.highPermille).toBe(cellStatus(cell, 'PPPPPPPFPP', 2, []).highPermille);
  });

  test('of a partial run have an honest number', () => {
    expect(cellStatus(cell, 'PPPFoo....', 2, [])).toMatchObject({ measured: 4, passed: 3, unmeasured: 0, jobs: 10 });
  });

  test('of all trials and of any of them', () => {
    // Two questions pass always, one now and then, two never.
    expect(cellStatus(cell, 'PPPPPFFFFF', 2, [])).toMatchObject({
      passAllPermille: 400,
      passAnyPermille: 600,
      flakyPermille: 200,
    });
  });

  test('are absent where nothing is scored', () => {
    const found = cellStatus(cell, 'AAAAAAAAAA', 2, []);
    expect(found).toMatchObject({ measured: 0, answered: 10 });
    expect(found).not.toHaveProperty('passPermille');
  });

  test.each([
    ['PFETABRIS$', 4, 5, 1, 1],
    ['CX-o......', 0, 3, 0, 0],
  ])('%s', (cases, measured, unmeasured, answered, timeouts) => {
    const found = cellStatus(cell, cases, 2, []);
    expect([found.measured, found.unmeasured, found.answered ?? 0, found.timeouts ?? 0]).toEqual([
      ...[measured, unmeasured, answered, timeouts],
    ]);
  });
});

describe('from the jobs', () => {
  const usage = (inputTokens: number, outputTokens: number) => ({
    ...{ inputTokens, outputTokens, cachedTokens: 5, modelCalls: 1 },
  });
  const records = [
    record(0, { outcome: 'Passed', usage: usage(100, 10), timings: { agentMilliseconds: 1000 }, costMicroUSD: 7 }),
    record(1, { outcome: 'Failed', usage: usage(200, 30), timings: { agentMilliseconds: 3000 }, costMicroUSD: 9 }),
    record(2, { outcome: 'AgentTimeout', usage: usage(300, 20), timings: { agentMilliseconds: 60_000 }, load: 3 }),
    record(3, { outcome: 'Throttled', usage: usage(9999, 9999), costMicroUSD: 5, retries: 3 }),
    record(4, { costMicroUSD: 2, retries: 1, load: 1 }),
  ];
  const found = cellStatus(cell, 'PFTRo.....', 2, records);

  test('latency is of those that answered', () => {
    expect(found.latency).toEqual({ p50Milliseconds: 2000, p95Milliseconds: 2900 });
  });

  test('usage is of those that were measured', () => {
    expect(found.usage).toEqual({
      jobs: 3,
      inputTokens: 600,
      outputTokens: 60,
      cachedTokens: 15,
      inputDeviation: 100,
      outputDeviation: 10,
      maxInputTokens: 300,
      maxOutputTokens: 30,
    });
  });

  test('cost, retries and load are of all of them', () => {
    expect(found).toMatchObject({ costMicroUSD: 23, retries: 4, maxLoad: 3 });
  });

  test('cost is absent without a price', () => {
    const { prices: _prices, ...unpriced } = cell;
    expect(cellStatus(unpriced, 'PFTRo.....', 2, records)).not.toHaveProperty('costMicroUSD');
  });

  test('a mixture of agents is told', () => {
    const of = (...generations: number[]) =>
      cellStatus(
        cell,
        'PP........',
        2,
        generations.map((agentGeneration, index) => record(index, { provenance: { agentGeneration } })),
      );
    expect(of(1, 1)).not.toHaveProperty('agentImages');
    expect(of(1, 2).agentImages).toBe(2);
  });
});
