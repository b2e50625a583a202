import { describe, expect, test } from 'vitest';
import type { Pod } from '../../crds/raw.ts';
import { lostTime, NODE_SILENT_MILLISECONDS, type PodState, podState } from './pod-state.ts';
import { at, runnerEnded, runnerIs, START, samplePod, withAgent } from './testing/sample.ts';

type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

const SENTENCE = /^[A-Z].*[.…]$/;
const unschedulable = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: '0/1 nodes are available',
};
const waitingFor = (reason: string, message?: string) =>
  runnerIs({ waiting: { reason, ...(message === undefined ? {} : { message }) } });
const disrupted = (reason: string, message = 'The node was low on memory.') => ({
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message } as Condition],
});
const unbound = (metadata: Partial<Pod['metadata']>, status: Pod['status'] = {}): Pod => ({
  ...samplePod(1, status, metadata),
  spec: { containers: [] },
});

describe('waits', () => {
  test.each<[string, Pod, string | undefined, string, RegExp]>([
    ['a Pod without a status', samplePod(1), undefined, 'PodCreating', /^The Pod sum-1 is being started\.$/],
    ['a container being created', samplePod(1, waitingFor('ContainerCreating')), undefined, 'PodCreating', /sum-1/],
    ...[
      'ErrImagePull',
      'ImagePullBackOff',
      'InvalidImageName',
      'ErrImageNeverPull',
      'ImageInspectError',
      'RegistryUnavailable',
    ].map((reason): [string, Pod, undefined, string, RegExp] => [
      reason,
      samplePod(1, waitingFor(reason)),
      undefined,
      'ImagePull',
      new RegExp(`\\(${reason}\\): check the operator flag --runner-image\\.$`),
    ]),
    [
      'an image and what the runtime says',
      samplePod(1, waitingFor('ErrImagePull', 'rune:1\n not  found')),
      undefined,
      'ImagePull',
      /: rune:1 not found\.$/,
    ],
    ...['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'].map(
      (reason): [string, Pod, undefined, string, RegExp] => [
        reason,
        samplePod(1, waitingFor(reason)),
        undefined,
        'ContainerConfig',
        new RegExp(`: ${reason}\\.$`),
      ],
    ),
    [
      'no node',
      unbound({}, { conditions: [unschedulable as Condition] }),
      undefined,
      'Unschedulable',
      /: 0\/1 nodes are available\.$/,
    ],
    [
      'a gate, such as that of a queue',
      {
        ...unbound(
          {},
          { conditions: [{ ...unschedulable, reason: 'SchedulingGated', message: 'gated' } as Condition] },
        ),
        spec: { containers: [], schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] },
      },
      undefined,
      'Unschedulable',
      /^The Pod is gated \(kueue\.x-k8s\.io\/admission\): gated\.$/,
    ],
    [
      'no node, before a mount',
      samplePod(1, { conditions: [unschedulable as Condition] }),
      'x',
      'Unschedulable',
      /nodes/,
    ],
    [
      'no Secret',
      samplePod(1),
      'MountVolume.SetUp failed for volume "question" : secret "q" not found',
      'SecretNotFound',
      /^The Secret "q" does not exist/,
    ],
    [
      'no key of a Secret',
      samplePod(1),
      'references non-existent secret key: token',
      'SecretNotFound',
      /no key "token"/,
    ],
    [
      'another mount',
      samplePod(1),
      'MountVolume.SetUp failed: timed out',
      'VolumeMount',
      /: MountVolume\.SetUp failed: timed out\.$/,
    ],
    [
      'no runtime',
      samplePod(1),
      'Failed to create pod sandbox: rpc error: no runtime for "ghost" is configured',
      'ContainerConfig',
      /^The Pod cannot be set up on its node: Failed to create pod sandbox/,
    ],
    ['a long story', samplePod(1), '😀'.repeat(900), 'VolumeMount', /^.{499}…$/u],
    [
      'a Pod that is deleted on its node',
      samplePod(1, {}, { deletionTimestamp: at(0) }),
      undefined,
      'PodCreating',
      /./,
    ],
  ])('%s', (_name, pod, startTrouble, reason, message) => {
    const state = podState(pod, startTrouble, START);
    expect(state).toMatchObject({ kind: 'waiting', reason, message: expect.stringMatching(message) });
    expect(state).toMatchObject({ message: expect.stringMatching(SENTENCE) });
  });
});

describe('runs', () => {
  test.each<[string, Pod, number]>([
    ['since its container started', samplePod(1, runnerIs({ running: { startedAt: at(7) } })), 7],
    [
      'since its Pod started, where the container does not say',
      samplePod(1, runnerIs({ running: {} }, { startTime: at(5) })),
      5,
    ],
    [
      'also while it is deleted',
      samplePod(1, runnerIs({ running: { startedAt: at(7) } }), { deletionTimestamp: at(0) }),
      7,
    ],
  ])('%s', (_name, pod, seconds) => {
    expect(podState(pod, 'a mount that failed before', START)).toEqual({
      kind: 'running',
      startedAt: START + seconds * 1000,
    });
  });
});

describe('has ended', () => {
  const silent = START + NODE_SILENT_MILLISECONDS;
  const running = runnerIs({ running: { startedAt: at(1) } });
  const seen = { imageID: 'rune@sha256:1', detail: '', hadStarted: true, lost: false };
  const unseen = { detail: '', hadStarted: false, lost: false };
  test.each<[string, Pod, number, object]>([
    [
      'with a report',
      samplePod(1, runnerEnded('r')),
      START,
      { ...seen, message: '"r"', exitCode: 0, reason: 'Completed' },
    ],
    ['with nothing', samplePod(1, runnerEnded()), START, { ...seen, exitCode: 1, reason: 'Error' }],
    [
      'without a word on its start',
      samplePod(1, runnerIs({ terminated: { exitCode: 128 } })),
      START,
      { ...seen, exitCode: 128, reason: 'Error', hadStarted: false },
    ],
    [
      'out of memory',
      samplePod(1, runnerIs({ terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: at(1) } }, { reason: 'X' })),
      START,
      { ...seen, exitCode: 137, reason: 'OOMKilled' },
    ],
    [
      'evicted',
      samplePod(1, runnerEnded(undefined, { reason: 'Evicted', message: 'low on memory' })),
      START,
      { ...seen, exitCode: 1, reason: 'Evicted', detail: 'low on memory' },
    ],
    [
      'disrupted',
      samplePod(1, runnerEnded(undefined, { reason: 'Evicted', ...disrupted('TerminationByKubelet') })),
      START,
      { ...seen, exitCode: 1, reason: 'TerminationByKubelet', detail: 'The node was low on memory.' },
    ],
    [
      'restarted against our will',
      samplePod(1, {
        containerStatuses: [
          {
            ...runnerIs({ running: {} }).containerStatuses?.[0],
            lastState: { terminated: { exitCode: 2, startedAt: at(1) } },
          },
        ],
      } as Pod['status']),
      START,
      { ...seen, exitCode: 2, reason: 'Error' },
    ],
    [
      'deleted while it ran',
      samplePod(1, runnerEnded(), { deletionTimestamp: at(0) }),
      START,
      { ...seen, exitCode: 1, reason: 'Deleted' },
    ],
    [
      'refused by its kubelet',
      samplePod(1, { phase: 'Failed', reason: 'OutOfcpu', message: 'Node had no CPU' }),
      START,
      { ...unseen, reason: 'OutOfcpu', detail: 'Node had no CPU' },
    ],
    [
      'failed while it was said to run',
      samplePod(1, { ...running, phase: 'Failed' }),
      START,
      { ...unseen, reason: 'Deleted', hadStarted: true },
    ],
    ['deleted before it had a node', unbound({ deletionTimestamp: at(0) }), START, { ...unseen, reason: 'Deleted' }],
    [
      'deleted by force',
      samplePod(1, {}, { deletionTimestamp: at(0), deletionGracePeriodSeconds: 0 }),
      START,
      { ...unseen, reason: 'Deleted' },
    ],
    [
      'lost with its node',
      samplePod(1, running, { deletionTimestamp: at(0) }),
      silent,
      { ...unseen, reason: 'NodeLost', hadStarted: true, lost: true },
    ],
  ])('%s', (_name, pod, now, ended) => {
    expect(podState(pod, undefined, now)).toEqual({ kind: 'ended', ended } satisfies {
      kind: PodState['kind'];
      ended: object;
    });
  });

  test('not lost before the node had its time, which lostTime tells', () => {
    const pod = samplePod(1, running, { deletionTimestamp: at(0) });
    expect(podState(pod, undefined, silent - 1).kind).toBe('running');
    expect(lostTime(pod)).toBe(silent);
    expect(lostTime(samplePod(1))).toBeUndefined();
  });
});

describe("an agent's container", () => {
  const initializing = samplePod(1, waitingFor('PodInitializing'));
  const exited = { exitCode: 3, reason: 'Error', startedAt: at(1) };
  const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } };
  const cannotStart = (why: string) => ({
    exitCode: 128,
    reason: 'StartError',
    message: `failed to create containerd task: ${why}`,
  });
  const stateOf = (pod: Pod) => podState(pod, undefined, START);

  test.each<[string, Pod, string, RegExp]>([
    [
      'an image that is not there',
      withAgent(initializing, { waiting: { reason: 'ErrImagePull', message: 'not found' } }),
      'ImagePull',
      /^The agent's image agent:1 cannot be pulled \(ErrImagePull\): not found\.$/,
    ],
    [
      'an image, and nothing said',
      withAgent(initializing, { waiting: { reason: 'InvalidImageName' } }),
      'ImagePull',
      /: check spec\.container\.image of the RuneAgent\.$/,
    ],
    [
      'a container that cannot be made',
      withAgent(initializing, { waiting: { reason: 'CreateContainerError', message: 'no such command' } }),
      'ContainerConfig',
      /^The agent's container cannot be made: no such command\.$/,
    ],
    [
      'a node that cannot start it',
      withAgent(initializing, backOff, { restartCount: 2, lastState: { terminated: cannotStart('no space left') } }),
      'ContainerConfig',
      /^The agent's container cannot be made: failed to create containerd task: no space left\.$/,
    ],
    ['its start', withAgent(initializing, { running: {} }), 'PodCreating', /sum-1/],
    ['its start after a crash', withAgent(initializing, { running: {} }, { restartCount: 1 }), 'PodCreating', /sum-1/],
    ['a first end, which may be the last', withAgent(initializing, { terminated: exited }), 'PodCreating', /sum-1/],
  ])('is waited for: %s', (_name, pod, reason, message) => {
    expect(stateOf(pod)).toEqual({ kind: 'waiting', reason, message: expect.stringMatching(message) });
  });

  test.each([
    ['backs off', withAgent(initializing, backOff, { lastState: { terminated: exited } })],
    ['has ended again', withAgent(initializing, { terminated: exited }, { restartCount: 1 })],
  ])('that %s before the runner ran is hopeless', (_name, pod) => {
    expect(stateOf(pod)).toEqual({
      kind: 'waiting',
      reason: 'AgentCrashed',
      message: "The agent's container ends before it can be asked: exit code 3 (Error).",
      isHopeless: true,
    });
  });

  test.each([
    'exec: "nosuch": executable file not found in $PATH',
    'error during container init: exec /agent: no such file or directory',
    'container init was OOM-killed (memory limit too low?)',
  ])('that cannot be started for its own fault is hopeless: %s', (why) => {
    const pod = withAgent(initializing, backOff, { lastState: { terminated: cannotStart(why) } });
    expect(stateOf(pod)).toMatchObject({ reason: 'AgentCrashed', isHopeless: true });
  });

  test('that crashes beside a runner is for the runner to judge', () => {
    const running = samplePod(1, runnerIs({ running: { startedAt: at(7) } }));
    expect(stateOf(withAgent(running, backOff)).kind).toBe('running');
  });

  const seenOf = (pod: Pod) => {
    const state = stateOf(pod);
    return state.kind === 'ended' ? state.ended.agent : undefined;
  };
  const over = samplePod(1, runnerEnded('r'));
  const known = { image: 'agent:1', imageID: 'agent@sha256:2', memoryLimit: '1Gi', wasLost: false, isCrashing: false };
  const oom = { exitCode: 137, reason: 'OOMKilled', startedAt: at(1) };

  const leftAt = (more: object, metadata = {}, runnerTime: string | undefined = at(9)) => {
    const terminated = {
      exitCode: 0,
      startedAt: at(2),
      ...(runnerTime === undefined ? {} : { finishedAt: runnerTime }),
    };
    const pod = withAgent(samplePod(1, runnerIs({ terminated }, more), metadata), { running: {} });
    return { ...pod, spec: { containers: [], ...pod.spec, terminationGracePeriodSeconds: 8 } };
  };

  test.each<[string, Pod, object | undefined]>([
    ['where there is none', over, undefined],
    ['runs on', withAgent(over, { running: {} }), { wasOutOfMemory: false }],
    [
      'was stopped after the runner',
      withAgent(over, { terminated: { exitCode: 143, reason: 'Error' } }),
      { wasOutOfMemory: false },
    ],
    [
      'was restarted',
      withAgent(over, { running: {} }, { restartCount: 1, lastState: { terminated: exited } }),
      { wasOutOfMemory: false, lastEnd: 'exit code 3 (Error)' },
    ],
    [
      'was restarted, and stopped in good order',
      withAgent(over, { terminated: { exitCode: 0, reason: 'Completed' } }, { restartCount: 1 }),
      { wasOutOfMemory: false },
    ],
    [
      'failed as it was stopped after the runner',
      withAgent(leftAt({}), { terminated: { exitCode: 1, finishedAt: at(10) } }),
      { wasOutOfMemory: false },
    ],
    [
      'ended with a word on it',
      withAgent(over, { terminated: { ...exited, message: 'no\n luck ' } }),
      { wasOutOfMemory: false, lastEnd: 'exit code 3 (Error): no luck' },
    ],
    [
      'was lost by its runtime',
      withAgent(over, { running: {} }, { lastState: { terminated: { exitCode: 255, reason: 'Unknown' } } }),
      { wasOutOfMemory: false, wasLost: true, lastEnd: 'exit code 255 (Unknown)' },
    ],
    [
      'was killed for memory',
      withAgent(over, { terminated: oom }),
      { wasOutOfMemory: true, lastEnd: 'exit code 137 (OOMKilled)' },
    ],
    [
      'was killed for memory, restarted and stopped',
      withAgent(over, { terminated: { exitCode: 143 } }, { restartCount: 1, lastState: { terminated: oom } }),
      { wasOutOfMemory: true, lastEnd: 'exit code 137 (OOMKilled)' },
    ],
  ])('at the end: %s', (_name, pod, agent) => {
    expect(seenOf(pod)).toEqual(agent && { ...known, ...agent });
  });

  test.each<[string, Pod, number | undefined]>([
    ['still lives beside it', leftAt({ phase: 'Running' }), START + 9000 + 8000 + NODE_SILENT_MILLISECONDS],
    ['does not say when', leftAt({ phase: 'Running' }, {}, ''), undefined],
    ['is over', leftAt({ phase: 'Failed' }), undefined],
    ['is over, and said why', leftAt({ phase: 'Running', reason: 'Evicted' }), undefined],
    ['is being deleted', leftAt({ phase: 'Running' }, { deletionTimestamp: at(9) }), undefined],
    ['never had an agent', { ...samplePod(1, runnerEnded('r')) }, undefined],
  ])('whose runner has ended may yet tell why, or not: it %s', (_name, pod, openUntil) => {
    const state = stateOf(pod);
    expect(state.kind === 'ended' && state.ended.openUntil).toBe(openUntil);
  });

  test('is still crashing when its Pod was deleted for it, and the runner never ran', () => {
    const deleted = {
      ...samplePod(1, runnerIs({ terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } })),
      metadata: { ...samplePod(1).metadata, deletionTimestamp: at(3) },
    };
    expect(seenOf(withAgent(deleted, { terminated: exited }, { restartCount: 2 }))?.isCrashing).toBe(true);
  });
});
