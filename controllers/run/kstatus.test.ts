import { expect, test } from 'vitest';
import { RUN_OUTCOMES, type RunStartedReason } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import { kstatus } from '../testing/kstatus.ts';
import { sampleFrozen, sampleRun } from './simulation/sample.ts';
import * as status from './status.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const run = sampleRun(sampleFrozen());
const fresh: RuneRun = { ...run, status: { observedGeneration: -1 } };
const waits = (reason: RunStartedReason, from = fresh): RuneRun => {
  return { ...from, status: status.waiting(from, { reason, message: 'It waits.' }, undefined, NOW) };
};
const ends = (outcome: (typeof RUN_OUTCOMES)[number]): RuneRun => {
  const verdict = { status: 'Unknown', reason: 'x', message: 'x.' } as const;
  const end = { outcome, message: 'It ended.' };
  return {
    ...run,
    status: status.finished(run, run.status ?? {}, end, { criteria: verdict, regressed: verdict }, false, NOW),
  };
};

test.each<[string, RuneRun, ReturnType<typeof kstatus>]>([
  ['that nobody has looked at', fresh, 'InProgress'],
  ['that waits for its suite', waits('SuiteNotFound'), 'InProgress'],
  ['that is suspended', waits('Suspended'), 'Current'],
  ['that waited and then was suspended', waits('Suspended', waits('AgentNotFound')), 'Current'],
  ['that was let go and waits', waits('AgentNotFound', waits('Suspended')), 'InProgress'],
  ['that the emergency stop holds', waits('EmergencyStop'), 'Current'],
  ['that is under way', run, 'InProgress'],
  ['that is being deleted', { ...run, metadata: { ...run.metadata, deletionTimestamp: 'now' } }, 'Terminating'],
  [
    'whose spec changed after its end',
    { ...ends('Complete'), metadata: { ...run.metadata, generation: 2 } },
    'InProgress',
  ],
])('to those who wait for objects, a run %s is %s', (_name, object, expected) => {
  expect(kstatus(object)).toBe(expected);
});

test.each(RUN_OUTCOMES)('a run that ended with %s is at rest, or needs somebody to mend it', (outcome) => {
  const isBroken = ['Unmeasured', 'ContentLost', 'NotStarted'].includes(outcome);
  expect(kstatus(ends(outcome))).toBe(isBroken ? 'Failed' : 'Current');
});

test('a change after the end is taken in', () => {
  const changed = { ...ends('Complete'), metadata: { ...run.metadata, generation: 2 } };
  expect(kstatus({ ...changed, status: status.observed(changed) })).toBe('Current');
});
