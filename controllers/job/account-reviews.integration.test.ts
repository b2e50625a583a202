import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Admin, connectAdmin } from '../../hack/e2e/faults/admin.ts';
import { systemClock } from '../clock.ts';
import type { ApiResource, KubeObject } from '../kube/resource.ts';
import { AccountReviews } from './account-reviews.ts';

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' };
const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const ROLES: ApiResource = { ...RBAC, plural: 'roles', kind: 'Role', namespaced: true };
const BINDINGS: ApiResource = { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding', namespaced: true };
const CLUSTER_ROLES: ApiResource = { ...RBAC, plural: 'clusterroles', kind: 'ClusterRole', namespaced: false };
const CLUSTER_BINDINGS: ApiResource = {
  ...RBAC,
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};
const namespace = `accounts-${randomUUID().slice(0, 8)}`;
const SECRET = 'sum-question-01234567';

let admin: Admin;

beforeAll(async () => {
  admin = connectAdmin(inject('kubeconfig'));
  await admin.client.create(NAMESPACES, { metadata: { name: namespace } });
});
afterAll(async () => {
  await admin.client.remove(NAMESPACES, namespace, undefined);
  await admin.stop();
});

describe('the API server says of an account', () => {
  test('without a role that it cannot', async () => {
    expect((await accessOf('nobody')).readable).toBe('False');
  });

  test('with the role view that it cannot', async () => {
    await bind('viewer', 'ClusterRole', 'view');
    expect((await accessOf('viewer')).readable).toBe('False');
  });

  test('with the role edit that it can, in many ways', async () => {
    await bind('editor', 'ClusterRole', 'edit');
    const { readable, message } = await accessOf('editor');
    expect(readable).toBe('True');
    for (const way of [
      'deletecollection secrets',
      'update, patch pods;',
      'create, get pods/exec',
      'deployments.apps',
    ]) {
      expect(message).toContain(way);
    }
  });

  test.each<[string, Rule]>([
    ['get runejobs.bench.rune.ai', { apiGroups: ['bench.rune.ai'], resources: ['runejobs'], verbs: ['get'] }],
    [
      'update pods/ephemeralcontainers',
      { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['update'] },
    ],
    ['patch pods', { apiGroups: [''], resources: ['pods'], verbs: ['patch'] }],
    ['create jobs.batch', { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }],
    [`get secrets "${SECRET}"`, { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: [SECRET] }],
    [
      'get runejobs.bench.rune.ai "sum"',
      { apiGroups: ['bench.rune.ai'], resources: ['runejobs'], verbs: ['get'], resourceNames: ['sum'] },
    ],
  ])('with one right that it can: %s', async (way, rule) => {
    const name = `account-${randomUUID().slice(0, 8)}`;
    await create(ROLES, { metadata: { name }, rules: [rule] });
    await bind(name, 'Role', name);
    expect(await accessOf(name)).toMatchObject({
      readable: 'True',
      message: expect.stringContaining(`: it may ${way}.`),
    });
  });

  test('with a right of the whole cluster that it can', async () => {
    const name = `account-${randomUUID().slice(0, 8)}`;
    const rules = [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }];
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    const roleRef = { apiGroup: RBAC.group, kind: 'ClusterRole', name };
    await admin.client.create(CLUSTER_ROLES, { metadata: { name }, rules } as KubeObject);
    await admin.client.create(CLUSTER_BINDINGS, { metadata: { name }, roleRef, subjects } as KubeObject);
    try {
      expect(await accessOf(name)).toMatchObject({
        readable: 'True',
        message: expect.stringContaining(': it may get nodes/proxy.'),
      });
    } finally {
      await admin.client.remove(CLUSTER_BINDINGS, name, undefined);
      await admin.client.remove(CLUSTER_ROLES, name, undefined);
    }
  });

  test('that a right for another Secret is none', async () => {
    const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['another'] };
    await create(ROLES, { metadata: { name: 'another' }, rules: [rule] });
    await bind('another', 'Role', 'another');
    expect((await accessOf('another')).readable).toBe('False');
  });
});

async function accessOf(account: string) {
  const reviews = new AccountReviews({ client: admin.client, clock: systemClock });
  return await reviews.access(namespace, account, { secret: SECRET, job: 'sum' });
}

async function bind(account: string, kind: 'Role' | 'ClusterRole', name: string): Promise<void> {
  const roleRef = { apiGroup: RBAC.group, kind, name };
  await create(BINDINGS, {
    metadata: { name: account },
    roleRef,
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
}

async function create(resource: ApiResource, object: KubeObject & Record<string, unknown>): Promise<void> {
  await admin.client.create(resource, object, namespace);
}
