import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { standing, unexpected } from './job-view.ts';

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

describe('unexpected', () => {
  const message = 'The answer did not pass: its score is 0 of 1000.';
  const finished = { type: 'Finished', status: 'True' as const, reason: 'Failed', message, lastTransitionTime: time };
  const ended = (outcome: Outcome, expected?: string) => job({ outcome, conditions: [finished] }, expected);

  it.each<[Outcome, string, 'surprises' | 'notes']>([
    ['Failed', 'Passed', 'notes'],
    ['Passed', 'AgentTimeout', 'notes'],
    ['BackendError', 'Passed', 'surprises'],
    ['Answered', 'Cancelled', 'surprises'],
    ['Stopped', 'Cancelled', 'surprises'],
  ])('%s instead of %s is among the %s', (outcome, expected, where) => {
    const sentences = [`capital ended with ${outcome}, not with ${expected}: ${message}`];
    expect(unexpected([ended(outcome, expected)])).toEqual({ surprises: [], notes: [], [where]: sentences });
  });

  it('holds nothing of jobs that ended as they should, and of those of somebody else', () => {
    const jobs = [ended('Passed', 'Passed'), ended('Cancelled', 'Cancelled'), ended('BackendError')];
    expect(unexpected(jobs)).toEqual({ surprises: [], notes: [] });
  });
});
