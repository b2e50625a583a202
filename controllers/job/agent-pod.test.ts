import { describe, expect, test } from 'vitest';
import type { RuneAgent, RuneJob } from '../../crds/types.ts';
import { runnerPod } from './pod.ts';
import { sampleAgent, sampleBackend, sampleContainerAgent, sampleJob } from './testing/sample.ts';

type Container = NonNullable<RuneAgent['spec']['container']>;

const settings = {
  runnerImage: 'rune:1',
  runnerImagePullPolicy: 'IfNotPresent',
  podTerminationGraceSeconds: 8,
} as const;
const keyed = sampleBackend({
  openai: { baseURL: 'http://model:8000/v1/', apiKeySecretRef: { name: 'keys', key: 'token' } },
});
const fixtures = { manifests: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }], timeoutSeconds: 90 };
const broken = { question: { prompt: 'Why?', passMarkPermille: 1000, fixtures } };
const fixtureOfRun = { questionRef: { revision: 'nightly', id: 'a', hasFixtures: true } };
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const podOf = (spec: Partial<RuneJob['spec']> = {}, agent = sampleContainerAgent()) =>
  runnerPod(sampleJob(spec), 1, agent, keyed, settings);
const agentOf = (container: Partial<Container>) => podOf({}, sampleContainerAgent(container)).spec?.initContainers?.[0];
const mountsOf = (container: { volumeMounts?: { mountPath: string; name: string }[] } | undefined) =>
  Object.fromEntries((container?.volumeMounts ?? []).map(({ mountPath, name }) => [mountPath, name]));

describe('an agent in a container', () => {
  test('is a native sidecar that shares the network with the runner, and nothing else', () => {
    expect(podOf().spec?.initContainers).toEqual([
      {
        name: 'agent',
        image: 'agent:1',
        restartPolicy: 'Always',
        env: [
          { name: 'HOME', value: '/home/agent' },
          { name: 'TMPDIR', value: '/tmp' },
        ],
        resources: {
          requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '128Mi' },
          limits: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' },
        },
        securityContext: {
          runAsUser: 65533,
          runAsGroup: 65533,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'artifacts', mountPath: '/artifacts' },
          { name: 'agent-home', mountPath: '/home/agent' },
          { name: 'agent-tmp', mountPath: '/tmp' },
        ],
      },
    ]);
    expect(podOf().spec).not.toHaveProperty('shareProcessNamespace');
    expect(podOf().spec).not.toHaveProperty('serviceAccountName');
  });

  test('has volumes with bounds; the runner reads the artifacts and cannot write them', () => {
    const { volumes, containers } = podOf().spec ?? {};
    expect(volumes).toEqual([
      ...(podOf({}, sampleAgent()).spec?.volumes ?? []),
      { name: 'artifacts', emptyDir: { sizeLimit: '96Mi' } },
      { name: 'agent-home', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'agent-tmp', emptyDir: { sizeLimit: '256Mi' } },
    ]);
    expect(containers?.[0]?.volumeMounts).toEqual([
      ...(podOf({}, sampleAgent()).spec?.containers[0]?.volumeMounts ?? []),
      { name: 'artifacts', mountPath: '/artifacts', readOnly: true },
    ]);
  });

  test('runs what its RuneAgent says', () => {
    const own = {
      command: ['a'],
      args: ['b', 'c'],
      env: [
        { name: 'TELEMETRY', value: 'off' },
        { name: 'HOME', value: '/tmp/home' },
      ],
      resources: { limits: { memory: '2Gi' }, requests: { cpu: '2' } },
    };
    expect(agentOf(own)).toMatchObject({
      command: ['a'],
      args: ['b', 'c'],
      env: [{ name: 'TMPDIR', value: '/tmp' }, ...own.env],
      resources: {
        requests: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '128Mi' },
        limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '1Gi' },
      },
    });
  });

  test('has the time to start that it may take', () => {
    const seconds = (agent: RuneAgent) => podOf({}, agent).spec?.activeDeadlineSeconds ?? 0;
    expect(seconds(sampleContainerAgent({ startTimeoutSeconds: 77 })) - seconds(sampleAgent())).toBe(77);
  });
});

describe('the account', () => {
  const viewer = { serviceAccountName: 'viewer' };
  const token = {
    name: 'service-account',
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
  const secret = { name: 'fixture-account', secret: { secretName: 'maker', defaultMode: 0o440 } };

  test.each<[string, Partial<RuneJob['spec']>, string | undefined, string | undefined, object[]]>([
    ['none', {}, undefined, undefined, []],
    ['for the agent alone', { pod: viewer }, 'service-account', undefined, [token]],
    ['for both, with fixtures', { ...broken, pod: viewer }, 'service-account', 'service-account', [token]],
    ['of a run', { ...fixtureOfRun, pod: viewer }, 'service-account', 'service-account', [token]],
    ['without fixtures, of which none is made', { pod: { fixtureTokenSecret: 'maker' } }, undefined, undefined, []],
    [
      'each its own',
      { ...broken, pod: { ...viewer, fixtureTokenSecret: 'maker' } },
      'service-account',
      'fixture-account',
      [token, secret],
    ],
    [
      'for the runner alone',
      { ...broken, pod: { fixtureTokenSecret: 'maker' } },
      undefined,
      'fixture-account',
      [secret],
    ],
  ])('%s', (_name, spec, ofAgent, ofRunner, expected) => {
    const { initContainers, containers, volumes, ...rest } = podOf(spec).spec ?? { containers: [] };
    expect(mountsOf(initContainers?.[0])[SERVICE_ACCOUNT]).toBe(ofAgent);
    expect(mountsOf(containers?.[0])[SERVICE_ACCOUNT]).toBe(ofRunner);
    expect(volumes?.filter(({ name }) => name.endsWith('-account'))).toEqual(expected);
    expect(rest).toMatchObject({ automountServiceAccountToken: false });
    expect(rest.serviceAccountName).toBe(spec.pod?.serviceAccountName);
  });

  test('of a job whose agent has no container is mounted only for fixtures', () => {
    const account = (spec: Partial<RuneJob['spec']>) =>
      podOf({ ...spec, pod: viewer }, sampleAgent()).spec?.volumes?.filter(({ name }) => name.endsWith('-account'));
    expect(account({})).toEqual([]);
    expect(account(broken)).toEqual([token]);
  });
});

describe('fixtures', () => {
  test.each([
    ['of the job', broken, 90],
    ['of a run, whose time is not known', fixtureOfRun, 3600],
  ])('%s mark the Pod, which owns them, and take memory and time', (_name, spec, seconds) => {
    const pod = podOf(spec, sampleAgent());
    const bare = podOf({}, sampleAgent());
    expect(pod.metadata.annotations?.['bench.rune.ai/fixtures']).toBe('true');
    expect(bare.metadata.annotations).not.toHaveProperty('bench.rune.ai/fixtures');
    expect(pod.spec?.volumes?.find(({ name }) => name === 'job')?.downwardAPI?.items?.[1]).toEqual({
      path: 'pod-uid',
      fieldRef: { fieldPath: 'metadata.uid' },
    });
    expect(pod.spec?.containers[0]?.resources?.limits).toMatchObject({ memory: '512Mi' });
    expect((pod.spec?.activeDeadlineSeconds ?? 0) - (bare.spec?.activeDeadlineSeconds ?? 0)).toBe(seconds);
  });
});

test('nothing of the runner is in the agent, and both are restricted', () => {
  const pod = podOf({ ...broken, pod: { serviceAccountName: 'viewer', fixtureTokenSecret: 'maker' } });
  const [agent, runner] = [pod.spec?.initContainers?.[0], pod.spec?.containers[0]];
  expect(Object.keys(mountsOf(agent)).sort()).toEqual(['/artifacts', '/home/agent', '/tmp', SERVICE_ACCOUNT]);
  const shared = Object.values(mountsOf(agent)).filter((name) => Object.values(mountsOf(runner)).includes(name));
  expect(shared).toEqual(['artifacts']);
  expect(agent).not.toHaveProperty('terminationMessagePath');
  for (const container of [agent, runner]) {
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  }
  expect(pod.spec?.securityContext?.runAsUser).not.toBe(agent?.securityContext?.runAsUser);
});
