import type { V1ConfigMap, V1Lease, V1Secret, V1SubjectAccessReview } from '@kubernetes/client-node';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import {
  GROUP,
  RUNE_AGENT,
  RUNE_BACKEND,
  RUNE_BENCHMARK,
  RUNE_JOB,
  RUNE_RUN,
  RUNE_SUITE,
  VERSION,
} from '../../crds/names.ts';
import type { ObjectMeta, Pod, Raw } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark, RuneJob, RuneRun, RuneSuite } from '../../crds/types.ts';

/** What every Kubernetes object has. Objects are parsed JSON: times are RFC 3339 strings. */
export type KubeObject = { apiVersion?: string; kind?: string; metadata: ObjectMeta };

/** Where the API server serves a kind. `T` is the type of its objects; it exists for the compiler only. */
export type ApiResource<T extends KubeObject = KubeObject> = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly objectType?: T;
};

export type Secret = Raw<V1Secret> & { metadata: ObjectMeta };
export type Lease = Raw<V1Lease> & { metadata: ObjectMeta };
export type ConfigMap = Raw<V1ConfigMap> & { metadata: ObjectMeta };
/** Asks whether somebody else may do something; nothing is stored. */
export type SubjectAccessReview = Raw<V1SubjectAccessReview> & { metadata: ObjectMeta };

/** An immutable snapshot: what a RuneRun froze at its start. */
export type ControllerRevision = KubeObject & { revision: number; data: FrozenRun };

/** The fields of core/v1 Events that we write and read. */
export type CoreEvent = KubeObject & {
  involvedObject: ObjectReference;
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  reportingInstance?: string;
};

export type ObjectReference = {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
  fieldPath?: string;
};

export const RUNE_JOBS: ApiResource<RuneJob> = { group: GROUP, version: VERSION, ...RUNE_JOB };
export const RUNE_AGENTS: ApiResource<RuneAgent> = { group: GROUP, version: VERSION, ...RUNE_AGENT };
export const RUNE_BACKENDS: ApiResource<RuneBackend> = { group: GROUP, version: VERSION, ...RUNE_BACKEND };
export const RUNE_RUNS: ApiResource<RuneRun> = { group: GROUP, version: VERSION, ...RUNE_RUN };
export const RUNE_BENCHMARKS: ApiResource<RuneBenchmark> = { group: GROUP, version: VERSION, ...RUNE_BENCHMARK };
export const RUNE_SUITES: ApiResource<RuneSuite> = { group: GROUP, version: VERSION, ...RUNE_SUITE };
export const PODS: ApiResource<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const SECRETS: ApiResource<Secret> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
export const EVENTS: ApiResource<CoreEvent> = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
export const LEASES: ApiResource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export const CONFIG_MAPS: ApiResource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const SUBJECT_ACCESS_REVIEWS: ApiResource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

export const CONTROLLER_REVISIONS: ApiResource<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};

export function apiVersionOf(resource: ApiResource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * The path of a collection, or of one object in it when `name` is given.
 * @param namespace Left out for cluster-scoped kinds and for all namespaces.
 */
export function pathOf(resource: ApiResource, namespace?: string, name?: string, subresource?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? ['namespaces', namespace] : [];
  const parts = [...scope, resource.plural, name, subresource].filter((part) => part !== undefined);
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}

/** The kinds that this program knows, for those who have only their names. */
export const RESOURCES: readonly ApiResource[] = [
  RUNE_JOBS,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_RUNS,
  RUNE_BENCHMARKS,
  RUNE_SUITES,
  PODS,
  SECRETS,
  EVENTS,
  LEASES,
] as readonly ApiResource[];
