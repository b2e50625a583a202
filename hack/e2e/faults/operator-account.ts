import { join } from 'node:path';
import { type Condition, isTrue } from '../../../crds/conditions.ts';
import { waitFor } from '../../cluster/wait.ts';
import { type Manifest, readManifests } from '../../install/manifest.ts';
import type { Admin } from './admin.ts';
import type { OperatorAccount } from './operator-process.ts';

export const OPERATOR_NAMESPACE = 'rune-system';
export const OPERATOR_NAME = 'rune-operator';
export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_NAME}`;

const ROOT = join(import.meta.dirname, '../../..');
const RBAC = 'rbac.authorization.k8s.io/v1';
const ADMISSION = 'admissionregistration.k8s.io/v1';
/** Paths of the kinds that make up the operator's account and its limits. */
const ACCOUNT_PATHS: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => '/api/v1/namespaces',
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  ClusterRole: () => `/apis/${RBAC}/clusterroles`,
  ClusterRoleBinding: () => `/apis/${RBAC}/clusterrolebindings`,
  Role: (namespace) => `/apis/${RBAC}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `/apis/${RBAC}/namespaces/${namespace}/rolebindings`,
  ValidatingAdmissionPolicy: () => `/apis/${ADMISSION}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: () => `/apis/${ADMISSION}/validatingadmissionpolicybindings`,
};

/** Installs the ServiceAccount and the rights of the operator from its manifests, without the operator itself. */
export async function installOperatorAccount(admin: Admin): Promise<void> {
  const objects = await readManifests(join(ROOT, 'hack/deploy'));
  const wanted = Object.keys(ACCOUNT_PATHS);
  const account = objects.filter(({ kind = '' }) => wanted.includes(kind));
  for (const object of account.toSorted((a, b) => wanted.indexOf(a.kind ?? '') - wanted.indexOf(b.kind ?? ''))) {
    const path = ACCOUNT_PATHS[object.kind ?? '']?.(object.metadata.namespace ?? '') ?? '';
    await apply(admin, `${path}/${object.metadata.name}`, object);
  }
}

/** Installs our CustomResourceDefinitions; returns when they are served. */
export async function installDefinitions(admin: Admin): Promise<void> {
  const paths: string[] = [];
  for (const object of await readManifests(join(ROOT, 'crds'))) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${object.metadata.name}`;
    await apply(admin, path, object);
    paths.push(path);
  }
  await waitFor('the definitions are served', async () => await firstNotServed(admin, paths), 30);
}

/** The first that is not established, or whose objects cannot be listed yet. */
async function firstNotServed({ client }: Admin, paths: readonly string[]): Promise<string | undefined> {
  const get = (path: string) => client.transport.call({ method: 'GET', path, timeoutMilliseconds: 10_000 });
  for (const path of paths) {
    const { spec, status } = (await get(path)) as Definition;
    if (!isTrue(status?.conditions, 'Established')) return path;
    for (const { name } of spec.versions) await get(`/apis/${spec.group}/${name}/${spec.names.plural}`);
  }
  return undefined;
}

type Definition = {
  spec: { group: string; names: { plural: string }; versions: { name: string }[] };
  status?: { conditions?: Condition[] };
};

/** A token of the operator's ServiceAccount, as its Pod would have it. */
export async function operatorAccount(admin: Admin): Promise<OperatorAccount> {
  const answer = (await admin.client.transport.call({
    method: 'POST',
    path: `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/${OPERATOR_NAME}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
    timeoutMilliseconds: 10_000,
  })) as { status: { token: string } };
  return { server: admin.server, ca: admin.ca, token: answer.status.token };
}

/** Server-side apply of an object at its path. */
export async function apply(admin: Admin, path: string, object: Manifest, fieldManager = 'tests'): Promise<void> {
  await admin.client.transport.call({
    method: 'PATCH',
    path,
    query: { fieldManager, force: true },
    body: object,
    contentType: 'application/apply-patch+yaml',
    timeoutMilliseconds: 30_000,
  });
}
