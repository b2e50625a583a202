import { randomUUID } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import type { RuneBenchmarkManifest, RuneRun, RuneSuiteManifest } from '../../../crds/types.ts';
import { type Admin, connectAdmin } from '../../../hack/e2e/faults/admin.ts';
import {
  installDefinitions,
  installOperatorAccount,
  operatorAccount,
} from '../../../hack/e2e/faults/operator-account.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  type ApiResource,
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  RUNE_BENCHMARKS,
  RUNE_RUNS,
  RUNE_SUITES,
  SECRETS,
} from '../../kube/resource.ts';
import { testParts } from '../../testing/parts.ts';
import type { FreezeResult } from './freeze.ts';
import { Freezer, revisionName } from './freezer.ts';
import { agent, backend } from './testing/objects.ts';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const catalogue = { agent: () => agent(), backend: () => backend() };

let admin: Admin;
/** With no rights but those of the operator, within its policies. */
let operator: KubeClient;
let namespace: string;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await installDefinitions(admin);
  await installOperatorAccount(admin);
  const { server, ca, token } = await operatorAccount(admin);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'c', server, caData: Buffer.from(ca).toString('base64') }],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'c', cluster: 'c', user: 'u' }],
    currentContext: 'c',
  });
  operator = testParts(kubeConfig).client;
});
afterAll(async () => {
  await operator.transport.close();
  await admin.stop();
});

beforeEach(async () => {
  namespace = `freeze-${randomUUID().slice(0, 8)}`;
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
  const data = { log: 'line\n'.repeat(100_000), pod: 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n' };
  await admin.client.create(CONFIG_MAPS, { metadata: { name: 'texts' }, data }, namespace);
  const spec: RuneSuiteManifest['spec'] = {
    questions: [
      ...['one', 'two'].map((id) => ({
        ...{ id, prompt: 'Why?', contextFrom: { configMapKeyRef: { name: 'texts', key: 'log' } } },
      })),
      { id: 'pod', prompt: 'Why?', fixtures: { manifestsFrom: { configMapKeyRef: { name: 'texts', key: 'pod' } } } },
    ] as RuneSuiteManifest['spec']['questions'],
  };
  await admin.client.create(RUNE_SUITES, { metadata: { name: 'basics' }, spec } as never, namespace);
  const benchmark: RuneBenchmarkManifest['spec'] = {
    agents: [{ name: 'plain', agentRef: { name: 'direct' } }],
    models: [{ name: 'small', backendRef: { name: 'models' } }],
    suiteRefs: [{ name: 'basics' }],
    runOnChange: false,
  };
  await admin.client.create(RUNE_BENCHMARKS, { metadata: { name: 'nightly' }, spec: benchmark } as never, namespace);
});

describe('with the rights of the operator', () => {
  test('a run is frozen, and read again by the next operator', async () => {
    const run = await createRun();
    const { frozen } = ok(await freeze(run));
    expect(frozen.questions.map(({ id }) => id)).toEqual(['one', 'two', 'pod']);
    expect(frozen.secrets).toHaveLength(2);
    expect(await new Freezer({ client: operator }).load(run)).toEqual(frozen);
    const revision = await admin.client.get(CONTROLLER_REVISIONS, revisionName(run), namespace);
    expect(revision?.data).toEqual(frozen);
    const secret = await admin.client.get(SECRETS, frozen.secrets[1] ?? '', namespace);
    expect(JSON.parse(Buffer.from(secret?.data?.['pod.json'] ?? '', 'base64').toString())).toMatchObject({
      fixtures: { manifests: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }], timeoutSeconds: 120 },
    });
  });

  test('what was frozen cannot be read where answers lie, nor changed', async () => {
    const { frozen } = ok(await freeze(await createRun()));
    const [name = ''] = frozen.secrets;
    await expect(operator.get(SECRETS, name, namespace)).rejects.toThrow('forbidden');
    const change = { data: { 'one.json': 'e30=' } };
    await expect(admin.client.patch(SECRETS, name, namespace, change, {})).rejects.toThrow('immutable');
    const other = { data: { v: 2 } };
    const revision = revisionName((await admin.client.get(RUNE_RUNS, 'first', namespace)) as RuneRun);
    await expect(admin.client.patch(CONTROLLER_REVISIONS, revision, namespace, other, {})).rejects.toThrow('immutable');
  });

  test('a run that is deleted leaves nothing, and one of its name freezes anew', async () => {
    const first = await createRun();
    const old = ok(await freeze(first)).frozen;
    await admin.client.remove(RUNE_RUNS, 'first', namespace, { propagationPolicy: 'Background' });
    // At once, while what the first one froze may still be there.
    const again = await createRun();
    const { frozen } = ok(await freeze(again));
    expect(frozen.questions.map(({ sha256 }) => sha256)).toEqual(old.questions.map(({ sha256 }) => sha256));
    await eventually(async () => {
      for (const name of old.secrets) expect(await admin.client.get(SECRETS, name, namespace)).toBeUndefined();
      expect(await admin.client.get(CONTROLLER_REVISIONS, revisionName(first), namespace)).toBeUndefined();
    });
    for (const name of frozen.secrets) expect(await admin.client.get(SECRETS, name, namespace)).toBeDefined();
  });

  test('a quota that has no room for its Secrets is told', async () => {
    const QUOTAS: ApiResource = {
      group: '',
      version: 'v1',
      plural: 'resourcequotas',
      kind: 'ResourceQuota',
      namespaced: true,
    };
    await admin.client.create(
      QUOTAS,
      { metadata: { name: 'none' }, spec: { hard: { secrets: '0' } } } as never,
      namespace,
    );
    const run = await createRun();
    await eventually(async () => expect(await freeze(run)).toMatchObject({ reason: 'ContentRefused', isFinal: false }));
    const refused = await freeze(run);
    expect(refused.kind === 'not frozen' && refused.message).toMatch(/^The API server refuses .* quota.*\.$/);
    await admin.client.remove(QUOTAS, 'none', namespace);
    await eventually(async () => void ok(await freeze(run)));
  });
});

async function createRun(): Promise<RuneRun> {
  const object = { metadata: { name: 'first' }, spec: { benchmarkRef: { name: 'nightly' } } };
  return await admin.client.create(RUNE_RUNS, object as never, namespace);
}

async function freeze(run: RuneRun): Promise<FreezeResult> {
  const freezer = new Freezer({ client: operator });
  const prepared = await freezer.prepare({ run, catalogue, runs: [] });
  return prepared.kind === 'frozen' ? await freezer.commit(run, prepared) : prepared;
}

function ok(result: FreezeResult): Extract<FreezeResult, { kind: 'frozen' }> {
  if (result.kind !== 'frozen') throw new Error(result.message);
  return result;
}

function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 50 });
}
