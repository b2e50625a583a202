import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runnerPod } from '../../controllers/job/pod.ts';
import { questionSecret } from '../../controllers/job/question-secret.ts';
import { sampleAgent, sampleBackend, sampleJob } from '../../controllers/job/testing/sample.ts';
import {
  type ApiResource,
  apiVersionOf,
  CONTROLLER_REVISIONS,
  type KubeObject,
  PODS,
  pathOf,
  RUNE_JOBS,
  RUNE_RUNS,
  SECRETS,
} from '../../controllers/kube/resource.ts';
import type { Transport } from '../../controllers/kube/transport.ts';
import { archivePod } from '../../controllers/run/archive/pod.ts';
import { API_VERSION, LABEL } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import { waitFor } from '../cluster/wait.ts';
import { type Admin, connectAdmin } from '../e2e/faults/admin.ts';
import { installDefinitions, installOperatorAccount } from '../e2e/faults/operator-account.ts';
import { operatorTransport, said } from './as-operator.ts';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const namespace = `policy-${randomUUID().slice(0, 8)}`;
const settings = {
  runnerImage: 'rune',
  runnerImagePullPolicy: 'IfNotPresent' as const,
  podTerminationGraceSeconds: 8,
};

let admin: Admin;
let operator: Transport;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await installDefinitions(admin);
  await installOperatorAccount(admin);
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
  operator = await operatorTransport(admin);
  // A policy is in force a moment after it was made, and so is the account of a new namespace.
  const isRefused = async () =>
    (await dryRun(PODS, changed(pod(), ['metadata.labels']))).includes('must have') ? undefined : 'no';
  await waitFor('the policies', isRefused, 30);
  await waitFor('the default account', async () => (await dryRun(PODS, pod())) || undefined, 30);
});
afterAll(async () => {
  await admin.client.remove(NAMESPACES, namespace, undefined);
  await operator.close();
  await admin.stop();
});

describe('the operator may make', () => {
  test.each([
    ['the Pod of a model', () => pod()],
    ['the Pod of an agent', () => podWithAgent()],
  ])('%s', async (_name, good) => expect(await dryRun(PODS, good())).toBe(''));

  test('the Pod that archives a run', async () => expect(await dryRun(PODS, archivePodOf())).toBe(''));

  test.each<[string, () => KubeObject, ApiResource]>([
    ['the Secret of a run', () => owned(secret(), 'RuneRun'), SECRETS],
    ['what a run froze', () => owned(revision(), 'RuneRun'), CONTROLLER_REVISIONS],
    ['the job of a run', () => jobOfRun(), RUNE_JOBS],
    ['the run of a benchmark', () => owned(runOf(), 'RuneBenchmark'), RUNE_RUNS],
  ])('%s', async (_name, good, resource) => expect(await dryRun(resource, good())).toBe(''));

  test('the Secret of a question', async () => expect(await dryRun(SECRETS, secret())).toBe(''));
});

describe('the operator may not make', () => {
  test.each<[string, () => KubeObject, ApiResource, string]>([
    ['what nobody froze', () => owned(revision(), 'RuneJob'), CONTROLLER_REVISIONS, 'must have one owner, a RuneRun'],
    [
      'a job of its own',
      () => ({ ...jobOfRun(), metadata: { name: 'a' } }),
      RUNE_JOBS,
      'must have one owner, a RuneRun',
    ],
    ['a job that another run would count', () => jobOfRun('other'), RUNE_JOBS, 'the uid of its RuneRun'],
    ['a run of its own', () => runOf(), RUNE_RUNS, 'must have one owner, the RuneBenchmark'],
    [
      'an archive with an agent',
      () => changed(archivePodOf(), ['spec.initContainers', [{ name: 'agent', image: 'x' }]]),
      PODS,
      'may have one init container',
    ],
    [
      'an archive with another Secret',
      () => changed(archivePodOf(), ['spec.volumes.-', { name: 'x', secret: { secretName: 'x' } }]),
      PODS,
      'no Secret but rune-s3',
    ],
    [
      'an archive with a Secret among other things',
      () => changed(archivePodOf(), ['spec.volumes.-', secretAmongOthers]),
      PODS,
      'no volume of the kind projected',
    ],
    ['a run of another benchmark', () => owned(runOf('b'), 'RuneBenchmark'), RUNE_RUNS, 'of its benchmarkRef'],
    [
      'an archive of another run',
      () => changed(archivePodOf(), ['metadata.ownerReferences.0.uid', 'other']),
      PODS,
      'must have one owner',
    ],
  ])('%s', async (_name, bad, resource, message) => expect(await dryRun(resource, bad() as never)).toContain(message));
});

/** A field by its path, and its new value; without one it is taken away. `-` is one more entry of a list. */
type Change = readonly [path: string, value?: unknown];

const RUNNER = 'spec.containers.0';
const AGENT = 'spec.initContainers.0';
const ESCALATION = `${AGENT}.securityContext.allowPrivilegeEscalation`;
const secretKey = { name: 'X', valueFrom: { secretKeyRef: { name: 'x', key: 'x' } } };
const secretAmongOthers = { name: 'x', projected: { sources: [{ secret: { name: 'x' } }] } };
const mountOf = (name: string) => ({ name, mountPath: '/stolen' });

const forbiddenPods: [name: string, changes: Change[], message: string][] = [
  [
    'of no job',
    [['metadata.labels.bench+rune+ai/job-uid']],
    'one of the labels bench.rune.ai/job-uid and bench.rune.ai/run-archive',
  ],
  ['managed by nobody', [['metadata.labels.app+kubernetes+io/managed-by']], 'the label app.kubernetes.io/managed-by'],
  ['without an owner', [['metadata.ownerReferences']], 'must have one owner'],
  ['of another job', [['metadata.ownerReferences.0.uid', 'other']], 'must have one owner'],
  ['of another kind', [['metadata.ownerReferences.0.kind', 'RuneAgent']], 'must have one owner'],
  ['controlled by nobody', [['metadata.ownerReferences.0.controller']], 'as its controller'],
  ['with a further container', [['spec.containers.-', { name: 'x', image: 'x' }]], 'one container, runner'],
  ['whose container is another', [[`${RUNNER}.name`, 'x']], 'one container, runner'],
  ['whose agent is another', [[`${AGENT}.name`, 'x']], 'one init container, agent'],
  ['whose agent is no sidecar', [[`${AGENT}.restartPolicy`]], 'restartPolicy: Always'],
  ['on a node of its choice', [['spec.nodeName', 'node']], 'the choice of its node'],
  ['with a token', [['spec.automountServiceAccountToken', true]], 'automountServiceAccountToken to false'],
  ['with a token by default', [['spec.automountServiceAccountToken']], 'automountServiceAccountToken to false'],
  ['with a hostPath', [['spec.volumes.-', { name: 'x', hostPath: { path: '/' } }]], 'must be of the kinds'],
  ['with a ConfigMap', [['spec.volumes.-', { name: 'x', configMap: { name: 'x' } }]], 'must be of the kinds'],
  ['whose agent mounts the question', [[`${AGENT}.volumeMounts.-`, mountOf('question')]], 'may mount Secrets'],
  [
    'whose agent mounts the makers token',
    [[`${AGENT}.volumeMounts.-`, mountOf('fixture-account')]],
    'may mount Secrets',
  ],
  [
    'whose agent mounts a Secret among other things',
    [
      ['spec.volumes.-', secretAmongOthers],
      [`${AGENT}.volumeMounts.-`, mountOf('x')],
    ],
    'may mount Secrets',
  ],
  ['whose agent has a Secret in its environment', [[`${AGENT}.env.-`, secretKey]], 'their environment'],
  ['whose runner has one', [[`${RUNNER}.envFrom`, [{ secretRef: { name: 'x' } }]]], 'their environment'],
  ['on the network of its node', [['spec.hostNetwork', true]], 'hostNetwork'],
  ['that sees processes of its node', [['spec.hostPID', true]], 'hostPID'],
  ['that speaks to processes of its node', [['spec.hostIPC', true]], 'hostIPC'],
  ['whose containers see each other', [['spec.shareProcessNamespace', true]], 'shareProcessNamespace'],
  ['with a port of its node', [[`${AGENT}.ports`, [{ containerPort: 80, hostPort: 80 }]]], 'host ports'],
  // The API server itself refuses a privileged container that may not gain privileges.
  [
    'whose agent is privileged',
    [[`${AGENT}.securityContext.privileged`, true], [ESCALATION]],
    'must not be privileged',
  ],
  ['that may be root', [['spec.securityContext.runAsNonRoot']], 'must set runAsNonRoot'],
  ['whose agent may be root', [[`${AGENT}.securityContext.runAsNonRoot`, false]], 'may run as root'],
  ['whose agent is root', [[`${AGENT}.securityContext.runAsUser`, 0]], 'may run as root'],
  ['that keeps capabilities', [[`${AGENT}.securityContext.capabilities`]], 'must drop ALL'],
  ['that adds capabilities', [[`${RUNNER}.securityContext.capabilities.add`, ['NET_RAW']]], 'add none'],
  ['that may gain privileges', [[ESCALATION]], 'set allowPrivilegeEscalation to false'],
  ['whose root is writable', [[`${RUNNER}.securityContext.readOnlyRootFilesystem`]], 'readOnlyRootFilesystem to true'],
  ['without seccomp', [['spec.securityContext.seccompProfile']], 'seccomp profile RuntimeDefault'],
  [
    'whose agent is without seccomp',
    [[`${AGENT}.securityContext.seccompProfile`, { type: 'Unconfined' }]],
    'seccomp profile RuntimeDefault',
  ],
  ['without AppArmor', [['spec.securityContext.appArmorProfile', { type: 'Unconfined' }]], 'AppArmor'],
  [
    'whose agent is without AppArmor',
    [[`${AGENT}.securityContext.appArmorProfile`, { type: 'Unconfined' }]],
    'AppArmor',
  ],
  [
    'whose agent is of another SELinux type',
    [[`${AGENT}.securityContext.seLinuxOptions`, { type: 'spc_t' }]],
    'SELinux',
  ],
  ['that is another SELinux user', [['spec.securityContext.seLinuxOptions', { user: 'system_u' }]], 'SELinux'],
  // The API server itself allows it only to Pods with users of their own.
  [
    'whose agent sees all of /proc',
    [
      ['spec.hostUsers', false],
      [`${AGENT}.securityContext.procMount`, 'Unmasked'],
    ],
    'procMount',
  ],
  [
    'that sets sysctls',
    [['spec.securityContext.sysctls', [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]]],
    'sysctls',
  ],
];

describe('the operator may not make a Pod', () => {
  test.each(forbiddenPods)('%s', async (_name, changes, message) => {
    const said = await dryRun(PODS, changed(podWithAgent(), ...changes));
    expect(said).toContain("ValidatingAdmissionPolicy 'rune-operator-pods'");
    expect(said).toContain(message);
  });
});

describe('the operator may not make a Secret', () => {
  test.each<[string, Change, string]>([
    ['of another type', ['type', 'Opaque'], 'of the type bench.rune.ai/revision'],
    ['that can be changed', ['immutable'], 'must be immutable'],
    ['without an owner', ['metadata.ownerReferences'], 'one owner, a RuneJob'],
    ['of another kind', ['metadata.ownerReferences.0.kind', 'Pod'], 'one owner, a RuneJob'],
  ])('%s', async (_name, change, message) => {
    const said = await dryRun(SECRETS, changed(secret(), change));
    expect(said).toContain("ValidatingAdmissionPolicy 'rune-operator-secrets'");
    expect(said).toContain(message);
  });
});

describe('of a Pod that is there, the operator', () => {
  const patch = { metadata: { annotations: { changed: 'true' } } };
  const image = { spec: { containers: [{ name: 'runner', image: 'other' }] } };

  beforeAll(async () => {
    await admin.client.create(PODS, pod());
    await admin.client.create(PODS, foreign(pod()));
  });

  test('may change what is its own, but not what runs', async () => {
    expect(await ask('PATCH', 'sum-1', patch)).toBe('');
    expect(await ask('PATCH', 'sum-1', image)).toContain('may not change the spec of a Pod');
    expect(await ask('DELETE', 'sum-1', {})).toBe('');
  });

  test('may not touch what is not its own', async () => {
    const message = 'only Pods that have the label bench.rune.ai/job-uid';
    expect(await ask('PATCH', 'foreign', patch)).toContain(message);
    expect(await ask('DELETE', 'foreign', {})).toContain(message);
  });
});

test('others may make what they like', async () => {
  const other = changed(
    foreign(podWithAgent()),
    ['metadata.name', 'other'],
    [`${AGENT}.securityContext.privileged`, true],
    [ESCALATION],
  );
  expect(await dryRun(PODS, other, admin.client.transport)).toBe('');
  expect(await dryRun(SECRETS, { ...secret(), type: 'Opaque' }, admin.client.transport)).toBe('');
});

function job() {
  return sampleJob({}, undefined, { namespace });
}

function pod(): Pod {
  return runnerPod(job(), 1, sampleAgent(), backend(), settings);
}

function backend() {
  return sampleBackend({ openai: { baseURL: 'http://model/v1', apiKeySecretRef: { name: 'key', key: 'apiKey' } } });
}

/** Of an agent with an account, and fixtures that another account makes. */
function podWithAgent(): Pod {
  const fixtures = { manifests: [], timeoutSeconds: 60 };
  const question = { prompt: 'What is broken?', passMarkPermille: 1000, fixtures };
  const account = { serviceAccountName: 'default', fixtureTokenSecret: 'maker' };
  const agent = sampleAgent({ openai: undefined as never, container: { image: 'agent', startTimeoutSeconds: 60 } });
  return runnerPod(sampleJob({ question, pod: account }, undefined, { namespace }), 1, agent, backend(), settings);
}

function secret() {
  return questionSecret(job()) ?? expect.unreachable();
}

/** Somebody else's Pod. */
function foreign(object: Pod): Pod {
  const own: Change[] = [['metadata.labels'], ['metadata.ownerReferences'], ['metadata.finalizers']];
  return changed(object, ['metadata.name', 'foreign'], ...own);
}

/** A copy with changes. In a path `+` stands for the dot of a label's name. */
function changed<T extends object>(object: T, ...changes: readonly Change[]): T {
  const copy = structuredClone(object);
  for (const [path, value] of changes) {
    const names = path.split('.').map((name) => name.replaceAll('+', '.'));
    const last = names.pop() ?? '';
    const parent = names.reduce<object>((at, name) => Reflect.get(at, name), copy);
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else Reflect.set(parent, last === '-' ? String((parent as unknown[]).length) : last, value);
  }
  return copy;
}

/** Asks the API server whether it would create an object. @returns what it refused it with; empty when it would */
async function dryRun<T extends KubeObject>(
  resource: ApiResource<T>,
  object: NoInfer<T>,
  user: Transport = operator,
): Promise<string> {
  const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
  return await said(user, { method: 'POST', path: pathOf(resource, namespace), body });
}

async function ask(method: 'PATCH' | 'DELETE', name: string, body: unknown): Promise<string> {
  const contentType = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
  return await said(operator, { method, path: pathOf(PODS, namespace, name), body, contentType });
}

function owned<T extends KubeObject>(object: T, kind: string): T {
  const owner = { apiVersion: API_VERSION, kind, name: 'a', uid: 'owner-uid', controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

function revision(): KubeObject {
  return { metadata: { name: 'a' }, revision: 1, data: {} } as KubeObject;
}

function jobOfRun(runUid = 'owner-uid'): KubeObject {
  const { spec } = sampleJob({});
  const metadata = { name: 'a-0', labels: { [LABEL.runUid]: runUid } };
  return owned({ apiVersion: API_VERSION, kind: 'RuneJob', metadata, spec } as KubeObject, 'RuneRun');
}

function runOf(benchmark = 'a'): KubeObject {
  return { metadata: { name: 'a' }, spec: { benchmarkRef: { name: benchmark } } } as KubeObject;
}

function archivePodOf(): Pod {
  const metadata = { name: 'nightly', namespace, uid: 'run-uid' };
  const run = { apiVersion: API_VERSION, kind: 'RuneRun', metadata, spec: { benchmarkRef: { name: 'a' } } };
  return archivePod(run as never, 1, settings);
}
