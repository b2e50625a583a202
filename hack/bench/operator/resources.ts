import type { ApiResource, KubeObject } from '../../../controllers/kube/resource.ts';

/** A Job of batch/v1, as far as it is looked at here. */
export type BatchJob = KubeObject & {
  spec?: object;
  status?: { conditions?: { type: string; status: string }[]; completedIndexes?: string };
};

export const NAMESPACES: ApiResource = core('namespaces', 'Namespace', false);
export const NODES: ApiResource = core('nodes', 'Node', false);
export const BATCH_JOBS: ApiResource<BatchJob> = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
};

function core(plural: string, kind: string, namespaced: boolean): ApiResource {
  return { group: '', version: 'v1', plural, kind, namespaced };
}
