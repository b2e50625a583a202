import { describe, expect, test } from 'vitest';
import { findCondition } from '../../crds/conditions.ts';
import type { RuneJob } from '../../crds/types.ts';
import type { Status } from './attempts.ts';
import { plan } from './plan.ts';
import { check, type Situation } from './testing/check-plan.ts';
import { observed } from './testing/observed.ts';
import {
  at,
  closedStatus,
  finishedStatus,
  openStatus,
  runnerEnded,
  runnerIs,
  START,
  sampleCondition,
  sampleJob,
  samplePod,
  sampleReport,
} from './testing/sample.ts';

type Row = [name: string, situation: Situation, seconds: number, steps: string];

const stop = { reason: 'a drill', release: 'It is released.' };
const recorded = sampleCondition('Suspended', 'True', 'EmergencyStop', 'Stopped by the emergency stop: a drill.');
const suspended = sampleCondition('Suspended', 'True', 'Suspended', 'As it was.');
const released = sampleCondition('Suspended', 'False', 'Resumed', 'As it was.');
const open = (spec: Partial<RuneJob['spec']> = {}, reason = 'AgentAsked', more: Partial<Status> = {}) =>
  sampleJob(spec, openStatus(reason, more));
const asked = openStatus('AgentAsked').conditions ?? [];
const runs = runnerIs({ running: { startedAt: at(2) } });
const dies = runnerIs({ terminated: { exitCode: 137, reason: 'Error', startedAt: at(2) } as never });
const ended = (report: Parameters<typeof sampleReport>[0], spec: Partial<RuneJob['spec']> = {}): Situation => ({
  job: open(spec),
  pods: [samplePod(1, runnerEnded(sampleReport(report)))],
});

describe('during an emergency stop', () => {
  test.each<Row>([
    ['a new job is held', {}, 0, 'False EmergencyStop | suspended True'],
    ['past its start deadline, too', {}, 9999, 'False EmergencyStop | suspended True'],
    [
      'one that waits for its next attempt is held',
      { job: sampleJob({}, closedStatus()) },
      101,
      'False EmergencyStop | suspended True',
    ],
    [
      'one that is suspended is held',
      { job: sampleJob({ suspend: true }, { conditions: [suspended] }) },
      0,
      'False EmergencyStop | suspended True',
    ],
    ['cancel works', { job: sampleJob({ cancel: true }) }, 0, 'False Cancelled | end Cancelled'],
    [
      'delete works',
      { job: sampleJob({}, undefined, { deletionTimestamp: at(0) }) },
      0,
      'False Cancelled | end Cancelled',
    ],
    [
      'a finished job goes after its TTL',
      { job: sampleJob({ ttlSecondsAfterFinished: 5 }, finishedStatus()) },
      105,
      'end Passed | delete job',
    ],
    [
      'an attempt that runs is ended',
      { job: open(), pods: [samplePod(1, runs)] },
      20,
      'True AgentAsked | suspended True | delete within 5 1',
    ],
    [
      'one that does not run yet is ended',
      { job: open({}, 'PodCreating'), pods: [samplePod(1)] },
      20,
      'False PodCreating | suspended True | delete within 5 1',
    ],
    [
      'one that was recorded and has no Pod ends',
      { job: open({}, 'PodCreating'), isPodAbsent: true },
      20,
      'False EmergencyStop | end Stopped',
    ],
    [
      'one whose Pod was refused ends',
      { job: open({}, 'PodRefused'), isPodAbsent: true },
      20,
      'False EmergencyStop | end Stopped',
    ],
    [
      'one whose Pod is gone ends',
      {
        job: open({}, 'AgentAsked', { conditions: [...asked, recorded] }),
        isPodAbsent: true,
      },
      20,
      'True AgentAsked | end Stopped',
    ],
    [
      'one that has ended without a report ends so',
      { job: open(), pods: [samplePod(1, dies)] },
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
    [
      'one whose runner was told to end, too',
      ended({ outcome: 'InfraError', reason: 'Terminated', retryable: true }),
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
    [
      'one that would be tried again is not',
      ended({ outcome: 'Throttled', reason: 'RateLimited', retryable: true }),
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
    ['a result stands', ended({}), 20, 'True AgentAsked | end Passed | release 1 | wake 620'],
    [
      'a cancelled one ends as cancelled',
      { job: open({ cancel: true }), pods: [samplePod(1, dies)] },
      20,
      'True AgentAsked | end Cancelled | release 1 | wake 620',
    ],
    [
      'a suspended one ends for good',
      { job: open({ suspend: true }, 'AgentAsked', { conditions: [...asked, suspended] }), pods: [samplePod(1, dies)] },
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
  ])('%s', (_name, situation, seconds, steps) => check({ stop, ...situation }, seconds, steps));
});

describe('after the release', () => {
  const caught = (spec: Partial<RuneJob['spec']> = {}) =>
    sampleJob(spec, openStatus('AgentAsked', { conditions: [...asked, recorded] }));

  test.each<Row>([
    [
      'what was held goes on, with its whole start deadline',
      { job: sampleJob({}, { conditions: [recorded] }) },
      9999,
      'False PodCreating | suspended False | begin 1 | wake 13599',
    ],
    [
      'what waited for its next attempt goes on',
      { job: sampleJob({}, closedStatus({}, { conditions: [recorded] })) },
      9999,
      'False PodCreating | suspended False | begin 2 | wake 13599',
    ],
    [
      'what is suspended stays so',
      { job: sampleJob({ suspend: true }, { conditions: [recorded] }) },
      9999,
      'False Suspended | suspended True',
    ],
    [
      'what it caught and still runs is ended',
      { job: caught(), pods: [samplePod(1, runs)] },
      20,
      'True AgentAsked | suspended True | delete 1',
    ],
    [
      'what it caught ends for good',
      { job: caught(), pods: [samplePod(1, dies)] },
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
    [
      'what it caught and was suspended meanwhile ends for good',
      { job: caught({ suspend: true }), pods: [samplePod(1, dies)] },
      20,
      'True AgentAsked | end Stopped | release 1 | wake 620',
    ],
    [
      'a later attempt is not caught by it',
      { job: open({}, 'AgentAsked', { conditions: [released] }), pods: [samplePod(1, dies)] },
      20,
      'False RetryBackoff | suspended False | retry | release 1 | wake 30',
    ],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));
});

describe('the status says', () => {
  const statusOf = (situation: Situation) => plan(observed(situation), START + 20_000).status;
  const saidOf = (situation: Situation, type: string) => {
    const { status, reason, message } = findCondition(statusOf(situation).conditions, type) ?? {};
    return [status, reason, message];
  };

  test('why a job is held and how it goes on; nobody works on it', () => {
    const held = 'Held by the emergency stop: a drill. It is released.';
    expect(saidOf({ stop }, 'Started')).toEqual(['False', 'EmergencyStop', held]);
    expect(saidOf({ stop }, 'Suspended')).toEqual(['True', 'EmergencyStop', held]);
    expect(saidOf({ stop }, 'Reconciling')).toEqual([undefined, undefined, undefined]);
  });

  test('why a job was stopped, in the words of then', () => {
    const job = open({}, 'AgentAsked', { conditions: [recorded] });
    const situation = { job, pods: [samplePod(1, dies)], stop: { ...stop, reason: 'another' } };
    const message = 'Stopped by the emergency stop: a drill.';
    expect(saidOf(situation, 'Finished')).toEqual(['True', 'Stopped', message]);
    expect(saidOf(situation, 'Succeeded')).toEqual(['False', 'Stopped', message]);
    expect(saidOf(situation, 'Suspended')).toEqual(['False', 'Finished', 'The job has ended: nothing is held.']);
    expect(saidOf(situation, 'Stalled')).toEqual([undefined, undefined, undefined]);
    expect(statusOf(situation).attempts).toMatchObject([{ outcome: 'Stopped', reason: 'EmergencyStop', message }]);
  });

  test('of a job that was suspended as well, that it still is', () => {
    const job = open({ suspend: true }, 'AgentAsked', { conditions: [recorded] });
    expect(saidOf({ job, pods: [samplePod(1, dies)] }, 'Suspended').slice(0, 2)).toEqual(['True', 'Suspended']);
  });

  test('that the release was not of spec.suspend', () => {
    const message = 'The emergency stop was released; the start deadline counts from here.';
    expect(saidOf({ job: sampleJob({}, { conditions: [recorded] }) }, 'Suspended')).toEqual([
      'False',
      'Resumed',
      message,
    ]);
  });

  test('what the account of the agent may do, with the first attempt', () => {
    const access = { readable: 'True', reason: 'AccountMay', message: 'It may.' } as const;
    expect(saidOf({ access }, 'ExpectedAnswersReadable')).toEqual(['True', 'AccountMay', 'It may.']);
    expect(statusOf({ access }).attempt).toBe(1);
  });
});
