import { describe, expect, it } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { standing, surprises } from './job-view.ts';

const time = '2026-01-01T00:00:00Z';

function job(status: RuneJob['status'], expected?: string): RuneJob {
  const annotations = expected === undefined ? {} : { 'demo.rune.ai/expected-outcome': expected };
  return { metadata: { name: 'capital', annotations }, ...(status && { status }) } as RuneJob;
}

function started(status: 'True' | 'False', reason: string): RuneJob {
  return job({ conditions: [{ type: 'Started', status, reason, message: '', lastTransitionTime: time }] });
}

describe('standing', () => {
  it.each([
    [job(undefined), 'created'],
    [started('False', 'BackendBusy'), 'waits: BackendBusy'],
    [started('True', 'AgentAsked'), 'the agent is asked'],
    [job({ outcome: 'Passed', scorePermille: 750 }), 'Passed, score 750'],
    [job({ outcome: 'Cancelled' }), 'Cancelled'],
  ])('case %#', (given, expected) => {
    expect(standing(given)).toBe(expected);
  });
});

describe('surprises', () => {
  it('names the jobs that ended otherwise than their manifests say', () => {
    const message = 'The answer did not pass: its score is 0 of 1000.';
    const finished = { type: 'Finished', status: 'True' as const, reason: 'Failed', message, lastTransitionTime: time };
    const failed = job({ outcome: 'Failed', conditions: [finished] }, 'Passed');
    expect(surprises([job({ outcome: 'Passed' }, 'Passed'), job({ outcome: 'Failed' }), failed])).toEqual([
      `capital ended with Failed, not with Passed: ${message}`,
    ]);
  });
});
