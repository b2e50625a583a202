import { describe, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import type { Status } from './attempts.ts';
import { check, type Situation } from './testing/check-plan.ts';
import {
  at,
  closedStatus,
  openStatus,
  runnerIs,
  START,
  sampleAgent,
  sampleBackend,
  sampleCondition,
  sampleContainerAgent,
  sampleJob,
  samplePod,
  withAgent,
} from './testing/sample.ts';

type Row = [name: string, situation: Situation, seconds: number, steps: string];

const open = (spec: Partial<RuneJob['spec']> = {}, reason = 'PodCreating', more: Partial<Status> = {}) =>
  sampleJob(spec, openStatus(reason, more));
const closed = (spec: Partial<RuneJob['spec']> = {}, attempt: object = {}, more: Partial<Status> = {}) =>
  sampleJob(spec, closedStatus(attempt, more));
const held = sampleCondition('Suspended', 'True', 'Suspended');
const deleted = { deletionTimestamp: at(8), deletionGracePeriodSeconds: 8 };
const runs = runnerIs({ running: { startedAt: at(2) } });
const pulls = runnerIs({ waiting: { reason: 'ErrImagePull', message: 'not found' } });
const needy = sampleContainerAgent({}, { needsKubernetes: true });
const broken = (pod: NonNullable<RuneJob['spec']['pod']>) =>
  sampleJob({ pod, question: { prompt: '', passMarkPermille: 1000, fixtures: { manifests: [], timeoutSeconds: 90 } } });
const crashes = withAgent(
  samplePod(1),
  { waiting: { reason: 'CrashLoopBackOff' } },
  { lastState: { terminated: { exitCode: 1 } } },
);
const busy = { isAdmitted: false, reason: 'BackendBusy', message: 'Busy.' } as const;
const full = { isAdmitted: false, reason: 'RunnerLimitReached', message: 'Full.' } as const;
const refusal = { reason: 'PodRefused', message: 'Quota.', retryTime: START + 5000, isFinal: false } as const;
const isGone = { isPodAbsent: true } as const;
const dies = runnerIs({ terminated: { exitCode: 137, reason: 'Error', startedAt: at(2) } as never });

describe('before an attempt', () => {
  test.each<Row>([
    ['all is well', {}, 0, 'False PodCreating | begin 1 | wake 3600'],
    ['no agent', { agent: undefined }, 0, 'False AgentNotFound | wake 3600'],
    [
      'nothing to call',
      { agent: sampleAgent({ openai: undefined as never }) },
      0,
      'False AgentNotCallable | wake 3600',
    ],
    ['an agent in a container', { agent: sampleContainerAgent() }, 0, 'False PodCreating | begin 1 | wake 3600'],
    [
      'an agent that needs an account, and has one',
      { agent: needy, job: sampleJob({ pod: { serviceAccountName: 'viewer' } }) },
      0,
      'False PodCreating | begin 1 | wake 3600',
    ],
    ['an agent that needs an account', { agent: needy }, 0, 'False ServiceAccountRequired | end InfraError'],
    [
      'one that waited for something else before',
      { agent: needy, job: sampleJob({}, { conditions: [sampleCondition('Started', 'False', 'AgentNotFound')] }) },
      0,
      'False ServiceAccountRequired | end InfraError',
    ],
    ['fixtures that nobody may make', { job: broken({}) }, 0, 'False ServiceAccountRequired | end InfraError'],
    [
      "fixtures with the agent's account",
      { job: broken({ serviceAccountName: 'viewer' }) },
      0,
      'False PodCreating | begin 1 | wake 3600',
    ],
    [
      'fixtures with an account of their own',
      { job: broken({ fixtureTokenSecret: 'maker' }) },
      0,
      'False PodCreating | begin 1 | wake 3600',
    ],
    ['no backend', { backend: undefined }, 0, 'False BackendNotFound | wake 3600'],
    ['backend not ready', { backend: sampleBackend({}, 'False') }, 0, 'False BackendNotReady | wake 3600'],
    ['backend busy', { slot: busy }, 0, 'False BackendBusy | wake 3600'],
    ['global limit', { slot: full }, 0, 'False RunnerLimitReached | wake 3600'],
    ['suspended', { job: sampleJob({ suspend: true }) }, 0, 'False Suspended | suspended True'],
    [
      'suspended for longer than the deadline',
      { job: sampleJob({ suspend: true }, { conditions: [held] }) },
      9999,
      'False Suspended | suspended True',
    ],
    [
      'resumed',
      { job: sampleJob({}, { conditions: [held] }) },
      9999,
      'False PodCreating | suspended False | begin 1 | wake 13599',
    ],
    [
      'resumed, backend busy',
      { job: sampleJob({}, { conditions: [held] }), slot: busy },
      9999,
      'False BackendBusy | suspended False | wake 13599',
    ],
    ['cancelled', { job: sampleJob({ cancel: true }) }, 0, 'False Cancelled | end Cancelled'],
    [
      'cancelled and suspended',
      { job: sampleJob({ cancel: true, suspend: true }) },
      0,
      'False Cancelled | end Cancelled',
    ],
    ['deadline while busy', { slot: busy }, 3600, 'False StartDeadlineExceeded | end InfraError'],
    ['deadline without agent', { agent: undefined }, 3600, 'False StartDeadlineExceeded | end InfraError'],
    ['deadline while all is well', {}, 3600, 'False StartDeadlineExceeded | end InfraError'],
    ['just before the deadline', { slot: busy }, 3599, 'False BackendBusy | wake 3600'],
    ['created by a clock that is ahead', {}, -60, 'False PodCreating | begin 1 | wake 3600'],
    ['backoff', { job: closed() }, 100, 'False RetryBackoff | wake 110'],
    ['backoff is over', { job: closed() }, 110, 'False PodCreating | begin 2 | wake 3710'],
    ['second backoff is twice as long', { job: closed({}, {}, { retries: 2 }) }, 110, 'False RetryBackoff | wake 120'],
    ['backoff is bounded', { job: closed({}, {}, { retries: 9 }) }, 110, 'False RetryBackoff | wake 460'],
    ['Retry-After, if longer', { job: closed({}, { retryAfterSeconds: 30 }) }, 110, 'False RetryBackoff | wake 130'],
    ['Retry-After, if shorter', { job: closed({}, { retryAfterSeconds: 1 }) }, 100, 'False RetryBackoff | wake 110'],
    ['Retry-After is bounded', { job: closed({}, { retryAfterSeconds: 99999 }) }, 100, 'False RetryBackoff | wake 460'],
    [
      'a deadline shorter than the backoff counts from its end',
      { job: closed({ startDeadlineSeconds: 5 }) },
      105,
      'False RetryBackoff | wake 110',
    ],
    ['cancelled in a backoff', { job: closed({ cancel: true }) }, 101, 'False Cancelled | end Cancelled'],
    ['suspended in a backoff', { job: closed({ suspend: true }) }, 101, 'False Suspended | suspended True'],
    [
      'ended Pod is kept for its log',
      { job: closed(), pods: [samplePod(1, dies, { finalizers: [] })] },
      110,
      'False PodCreating | begin 2 | wake 700',
    ],
    [
      'ended Pod, its log kept long enough',
      { job: closed({ suspend: true }), pods: [samplePod(1, dies)] },
      700,
      'False Suspended | suspended True | release 1 | delete 1',
    ],
    [
      'ended Pod, still held',
      { job: closed(), pods: [samplePod(1, dies)] },
      100,
      'False RetryBackoff | release 1 | wake 110',
    ],
    [
      'live Pod of an attempt given up',
      { job: closed(), pods: [samplePod(1, runs)] },
      100,
      'False RetryBackoff | release 1 | delete 1 | wake 110',
    ],
    [
      'lost Pod of an attempt given up',
      { job: closed(), pods: [samplePod(1, runs, deleted)] },
      101,
      'False RetryBackoff | release 1 | force 1 | wake 110',
    ],
    [
      'the job is being deleted',
      { job: sampleJob({}, undefined, { deletionTimestamp: at(0) }) },
      0,
      'False Cancelled | end Cancelled',
    ],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));
});

describe('in an attempt', () => {
  test.each<Row>([
    ['Pod not yet known', { job: open() }, 0, 'False PodCreating'],
    ['Pod not there, not yet created', { job: open(), ...isGone }, 0, 'False PodCreating | create 1 | wake 3600'],
    ['Pod refused', { job: open(), ...isGone, refusal }, 0, 'False PodRefused | wake 5'],
    [
      'Pod refused, time to try again',
      { job: open({}, 'PodRefused'), ...isGone, refusal },
      5,
      'False PodRefused | create 1 | wake 3600',
    ],
    [
      'name taken',
      { job: open(), ...isGone, refusal: { ...refusal, reason: 'PodNameTaken' } },
      0,
      'False PodNameTaken | wake 5',
    ],
    ['name free again', { job: open({}, 'PodNameTaken'), ...isGone }, 9, 'False PodNameTaken | create 1 | wake 3600'],
    [
      'refused until the deadline',
      { job: open({}, 'PodRefused'), ...isGone, refusal },
      3600,
      'False StartDeadlineExceeded | end InfraError',
    ],
    ['cancelled before its Pod', { job: open({ cancel: true }), ...isGone }, 0, 'False Cancelled | end Cancelled'],
    [
      'suspended before its Pod',
      { job: open({ suspend: true }), ...isGone },
      0,
      'False Suspended | suspended True | again',
    ],
    [
      'Pod taken away before it ran',
      { job: open({}, 'ImagePull'), ...isGone },
      20,
      'False RetryBackoff | retry | wake 30',
    ],
    [
      'Pod taken away while it ran',
      { job: open({}, 'AgentAsked'), ...isGone },
      20,
      'False RetryBackoff | retry | wake 30',
    ],
    ['Pod starts', { job: open(), pods: [samplePod(1)] }, 1, 'False PodCreating | wake 3600'],
    ['Pod waits', { job: open(), pods: [samplePod(1, pulls)] }, 1, 'False ImagePull | wake 3600'],
    ['Pod waits until the deadline', { job: open(), pods: [samplePod(1, pulls)] }, 3600, 'False ImagePull | delete 1'],
    [
      'a volume cannot be mounted',
      { job: open(), pods: [samplePod(1)], startTrouble: 'secret "q" not found' },
      1,
      'False SecretNotFound | wake 3600',
    ],
    [
      'Pod is deleted after the deadline',
      { job: open({}, 'ImagePull'), pods: [samplePod(1, pulls, { deletionTimestamp: at(3608) })] },
      3601,
      'False ImagePull | wake 3638',
    ],
    [
      'Pod is deleted after the deadline, and does not say any more what it waited for',
      { job: open({}, 'ImagePull'), pods: [samplePod(1, {}, { deletionTimestamp: at(3608) })] },
      3601,
      'False ImagePull | wake 3638',
    ],
    [
      'Pod ended by the deadline',
      { job: open({}, 'ImagePull'), pods: [samplePod(1, { phase: 'Failed' })] },
      3609,
      'False StartDeadlineExceeded | end InfraError | release 1 | wake 4209',
    ],
    ['runs', { job: open(), pods: [samplePod(1, runs)] }, 3, 'True AgentAsked | wake 722'],
    [
      'runs past the start deadline',
      { job: open({ startDeadlineSeconds: 5 }), pods: [samplePod(1, runs)] },
      30,
      'True AgentAsked | wake 722',
    ],
    [
      'runs for too long',
      { job: open({}, 'AgentAsked'), pods: [samplePod(1, runs)] },
      722,
      'True AgentAsked | delete 1',
    ],
    [
      'cancelled while it waits',
      { job: open({ cancel: true }), pods: [samplePod(1)] },
      3,
      'False PodCreating | delete 1',
    ],
    [
      'cancelled while it runs',
      { job: open({ cancel: true }), pods: [samplePod(1, runs)] },
      3,
      'True AgentAsked | delete 1',
    ],
    [
      'suspended while it runs',
      { job: open({ suspend: true }), pods: [samplePod(1, runs)] },
      3,
      'True AgentAsked | suspended True | delete 1',
    ],
    [
      'resumed before its Pod is deleted',
      { job: open({}, 'AgentAsked', { conditions: [held] }), pods: [samplePod(1, runs)] },
      3,
      'True AgentAsked | suspended True | delete 1',
    ],
    [
      'cancelled, being deleted',
      { job: open({ cancel: true }), pods: [samplePod(1, runs, deleted)] },
      3,
      'True AgentAsked | wake 38',
    ],
    ['deleted by somebody', { job: open(), pods: [samplePod(1, runs, deleted)] }, 3, 'True AgentAsked | wake 38'],
    [
      'an older Pod is kept beside it',
      {
        job: open({}, 'AgentAsked', {
          attempt: 2,
          attempts: [
            { ...closedStatus().attempts?.[0], number: 1, podName: 'sum-1', startTime: at(0) },
            { number: 2, podName: 'sum-2', startTime: at(110) },
          ],
        }),
        pods: [samplePod(1, dies), samplePod(2, runs)],
      },
      112,
      'True AgentAsked | release 1 | wake 700',
    ],
    [
      'the job is being deleted',
      { job: sampleJob({}, openStatus(), { deletionTimestamp: at(0) }), pods: [samplePod(1, runs)] },
      0,
      'True AgentAsked | delete 1',
    ],
    [
      'Pod invalid: it will never be taken',
      { job: open({}, 'PodRefused'), ...isGone, refusal: { ...refusal, isFinal: true } },
      0,
      'False PodRefused | end InfraError',
    ],
    [
      'Pod refused, time to try again, but its slot went to another',
      { job: open({}, 'PodRefused'), ...isGone, slot: busy },
      5,
      'False BackendBusy | wake 3600',
    ],
    [
      'Pod refused, and its slot went to another: what stopped it says more',
      { job: open({}, 'PodRefused'), ...isGone, refusal, slot: busy },
      5,
      'False PodRefused | wake 3600',
    ],
    [
      'the agent crashes before the runner could start',
      { job: open(), pods: [crashes] },
      5,
      'False AgentCrashed | delete 1',
    ],
    [
      'the agent crashed, and its Pod is being deleted',
      { job: open({}, 'AgentCrashed'), pods: [{ ...crashes, metadata: { ...crashes.metadata, ...deleted } }] },
      6,
      'False AgentCrashed | wake 38',
    ],
    [
      'the agent needs an account since its job began',
      { job: open(), ...isGone, agent: needy },
      0,
      'False ServiceAccountRequired | end InfraError',
    ],
    [
      'runs for as long as its agent may take to start, too',
      {
        job: open({}, 'AgentAsked'),
        pods: [{ ...samplePod(1, runs), spec: { containers: [], activeDeadlineSeconds: 3600 + 120 + 600 + 180 } }],
      },
      3,
      'True AgentAsked | wake 842',
    ],
    ['agent gone before its Pod', { job: open(), ...isGone, agent: undefined }, 0, 'False AgentNotFound | wake 3600'],
  ])('%s', (_name, situation, seconds, steps) => check(situation, seconds, steps));
});
