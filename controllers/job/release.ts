import { FINALIZER_RESULT } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { PODS } from '../kube/resource.ts';

/** Takes our finalizer off a Pod and leaves those of others. A kubelet may write to it meanwhile: then it is read anew. */
export async function releasePod(client: Pick<KubeClient, 'get' | 'patch'>, pod: Pod): Promise<void> {
  const { name = '', namespace, uid, resourceVersion = '' } = pod.metadata;
  const finalizers = pod.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER_RESULT)) return;
  const others = finalizers.filter((one) => one !== FINALIZER_RESULT);
  try {
    await client.patch(PODS, name, namespace, { metadata: { finalizers: others } }, { resourceVersion });
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isConflict(error)) throw error;
    const live = await client.get(PODS, name, namespace);
    if (live !== undefined && live.metadata.uid === uid) await releasePod(client, live);
  }
}
