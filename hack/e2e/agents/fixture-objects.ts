import { toYaml } from '../../install/manifest.ts';

const restricted = {
  securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
};
const container = {
  name: 'web',
  image: 'busybox:1.37',
  imagePullPolicy: 'IfNotPresent',
  command: ['sleep', 'infinity'],
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const labels = { app: 'web' };

/** A ConfigMap, and a Deployment whose Pod must be ready before the agent is asked. */
export const fixtures: { manifests: Record<string, unknown>[]; until: Condition[] } = {
  manifests: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'blue' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { ...restricted, terminationGracePeriodSeconds: 1, containers: [container] },
        },
      },
    },
  ],
  until: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', jsonPath: '$.status.readyReplicas', value: 1 }],
};

type Condition = { apiVersion: string; kind: string; name: string; jsonPath: string; value: unknown };

const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'fixtures' };
const verbs = ['create', 'get', 'delete'];

/** The account `fixtures`, which may make them and nothing else. */
export const fixtureAccount = toYaml([
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'fixtures' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'fixtures' },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs },
      { apiGroups: ['apps'], resources: ['deployments'], verbs },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'fixtures' },
    roleRef: role,
    subjects: [{ kind: 'ServiceAccount', name: 'fixtures' }],
  },
] as Parameters<typeof toYaml>[0]);
