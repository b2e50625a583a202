import { API_VERSION, type Resource } from '../crds/names.ts';
import type { KubeObject } from './kube/resource.ts';

/** How what is made for an object of ours says so: it goes with it. */
export function ownerReference({ metadata }: KubeObject, { kind }: Resource) {
  return { apiVersion: API_VERSION, kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
}
