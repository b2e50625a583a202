import { describe, expect, test } from 'vitest';
import type { Condition } from '../../crds/conditions.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { FreezeResult } from './freeze/freeze.ts';
import { sampleFrozen } from './simulation/sample.ts';
import { startDeadline, suspendedMessage } from './start.ts';

const CREATED = Date.parse('2026-01-01T00:00:00Z');
const NOW = CREATED + 7_200_000;

describe('a run may wait until', () => {
  const at = (seconds: number) => new Date(CREATED + seconds * 1000).toISOString();
  const run = (suspended?: Pick<Condition, 'status' | 'lastTransitionTime'>): RuneRun => {
    const condition = { type: 'Suspended', reason: '', message: '', ...suspended } as Condition;
    const conditions = suspended === undefined ? [] : [condition];
    return { metadata: { creationTimestamp: at(0) }, status: { observedGeneration: 1, conditions } } as RuneRun;
  };
  test.each<[string, RuneRun, number]>([
    ['its deadline after its creation', run(), CREATED + 60_000],
    ['its deadline after it was let go', run({ status: 'False', lastTransitionTime: at(3600) }), CREATED + 3_660_000],
    ['its deadline from now on, just let go', run({ status: 'True', lastTransitionTime: at(3600) }), NOW + 60_000],
  ])('%s', (_name, waiting, expected) => {
    expect(startDeadline(waiting, 60, NOW)).toBe(expected);
  });
});

describe('a suspended run says', () => {
  const estimate = { lowMicroUSD: 1_000_000, expectedMicroUSD: 1_500_000, highMicroUSD: 2_000_000, jobs: 40 };
  const frozen = (more: object): FreezeResult =>
    ({ kind: 'frozen', frozen: { ...sampleFrozen(), ...more }, secrets: [] }) as FreezeResult;
  test.each<[string, FreezeResult, string]>([
    ['what it would cost', frozen({ estimate }), 'Its 40 jobs are expected to cost $1.50 ($1.00 to $2.00).'],
    ['that nothing is known of that', frozen({}), 'What it will cost cannot be estimated.'],
    [
      'why it could not start',
      { kind: 'not frozen', reason: 'SuiteNotFound', message: 'There is no suite.', isFinal: false } as FreezeResult,
      'It could not start now: There is no suite.',
    ],
  ])('%s', (_name, found, expected) => {
    expect(suspendedMessage(found)).toBe(`The run waits until spec.suspend is false. ${expected}`);
  });
});
