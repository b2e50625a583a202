import { expect, test } from 'vitest';
import type { Status } from './attempts.ts';
import { stories } from './stories.ts';
import {
  closedStatus,
  finishedStatus,
  openStatus,
  sampleAttempt,
  sampleCondition,
  sampleJob,
} from './testing/sample.ts';

const starts = (reason: string, status: 'True' | 'False' = 'False'): Status => ({
  conditions: [sampleCondition('Started', status, reason, 'Why.')],
});
const second = closedStatus();
const third = { ...second, attempt: 2, attempts: [...(second.attempts ?? []), sampleAttempt(2)] };
const ends = (outcome: NonNullable<Status['outcome']>): Status => ({
  ...finishedStatus({ outcome }),
  conditions: [sampleCondition('Finished', 'True', outcome, 'Done.')],
});

test.each<[string, Status | undefined, Status, string[]]>([
  ['nothing new', starts('BackendBusy'), starts('BackendBusy'), []],
  ['busy', undefined, starts('BackendBusy'), ['Normal BackendBusy: Why.']],
  ['limited', undefined, starts('RunnerLimitReached'), ['Normal RunnerLimitReached: Why.']],
  ['suspended', undefined, starts('Suspended'), ['Normal Suspended: Why.']],
  ['no agent', starts('BackendBusy'), starts('AgentNotFound'), ['Warning AgentNotFound: Why.']],
  ['Pod waits for its image', openStatus(), openStatus('ImagePull'), ['Warning ImagePull: As it was.']],
  ['Pod being made', starts('ImagePull'), starts('PodCreating'), []],
  ['asked', openStatus(), openStatus('AgentAsked'), ['Normal AgentAsked: As it was.']],
  ['begun', starts('BackendBusy'), openStatus(), ['Normal AttemptStarted: Attempt 1 starts in Pod sum-1.']],
  [
    'ended, to be tried again',
    openStatus('AgentAsked'),
    closedStatus(),
    ['Warning AttemptEnded: Attempt 1 ended with BackendError: It answered 500.'],
  ],
  [
    'ended without a word',
    openStatus('AgentAsked'),
    closedStatus({ message: '' }),
    ['Warning AttemptEnded: Attempt 1 ended with BackendError: ServerError'],
  ],
  [
    'ended by a suspension',
    openStatus('AgentAsked'),
    { ...closedStatus({ outcome: 'Cancelled', reason: 'Suspended', message: 'Held.' }), ...starts('Suspended') },
    ['Normal AttemptEnded: Attempt 1 ended with Cancelled: Held.', 'Normal Suspended: Why.'],
  ],
  ['begun again', second, third, ['Normal AttemptStarted: Attempt 2 starts in Pod sum-2.']],
  ['passed', openStatus('AgentAsked'), ends('Passed'), ['Normal Passed: Done.']],
  ['agent error', openStatus('AgentAsked'), ends('AgentError'), ['Normal AgentError: Done.']],
  ['cancelled', undefined, ends('Cancelled'), ['Normal Cancelled: Done.']],
  ['infrastructure', openStatus('AgentAsked'), ends('InfraError'), ['Warning InfraError: Done.']],
  ['finished before', ends('Passed'), ends('Passed'), []],
])('%s', (_name, before, after, expected) => {
  const told = stories(sampleJob({}, before), after);
  expect(told.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual(expected);
});
