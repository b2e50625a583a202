import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import type { RuneRun } from '../../../crds/types.ts';
import type { Admin } from '../../../hack/e2e/faults/admin.ts';
import { RunServer } from '../../../hack/e2e/faults/run-server.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type ApiResource, CONTROLLER_REVISIONS, RUNE_RUNS, SECRETS } from '../../kube/resource.ts';
import type { FreezeResult } from './freeze.ts';
import { Freezer } from './freezer.ts';
import { revisionName } from './frozen-objects.ts';
import { agent, backend } from './testing/objects.ts';

const catalogue = { agent: () => agent(), backend: () => backend() };

let server: RunServer;
let admin: Admin;
let operator: KubeClient;
let namespace: string;

beforeAll(async () => {
  server = await RunServer.connect(inject('kubeconfig'));
  ({ admin, operator } = server);
});
afterAll(async () => server.close());
beforeEach(async () => {
  namespace = await server.createNamespace();
});

describe('with the rights of the operator', () => {
  test('a run is frozen, and read again by the next operator', async () => {
    const run = await server.createRun(namespace);
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
    const { frozen } = ok(await freeze(await server.createRun(namespace)));
    const [name = ''] = frozen.secrets;
    await expect(operator.get(SECRETS, name, namespace)).rejects.toThrow('forbidden');
    const change = { data: { 'one.json': 'e30=' } };
    await expect(admin.client.patch(SECRETS, name, namespace, change, {})).rejects.toThrow('immutable');
    const other = { data: { v: 2 } };
    const revision = revisionName((await admin.client.get(RUNE_RUNS, 'first', namespace)) as RuneRun);
    await expect(admin.client.patch(CONTROLLER_REVISIONS, revision, namespace, other, {})).rejects.toThrow('immutable');
  });

  test('a run that is deleted leaves nothing, and one of its name freezes anew', async () => {
    const first = await server.createRun(namespace);
    const old = ok(await freeze(first)).frozen;
    await admin.client.remove(RUNE_RUNS, 'first', namespace, { propagationPolicy: 'Background' });
    // At once, while what the first one froze may still be there.
    const again = await server.createRun(namespace);
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
    const run = await server.createRun(namespace);
    await eventually(async () => expect(await freeze(run)).toMatchObject({ reason: 'ContentRefused', isFinal: false }));
    const refused = await freeze(run);
    expect(refused.kind === 'not frozen' && refused.message).toMatch(/^The API server refuses .* quota.*\.$/);
    await admin.client.remove(QUOTAS, 'none', namespace);
    await eventually(async () => void ok(await freeze(run)));
  });
});

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
