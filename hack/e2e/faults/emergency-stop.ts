import type { KubeClient } from '../../../controllers/kube/client.ts';
import { CONFIG_MAPS } from '../../../controllers/kube/resource.ts';
import { EMERGENCY_STOP } from '../../../crds/names.ts';
import { OPERATOR_NAMESPACE } from './operator-account.ts';

/** Calls for the emergency stop. @returns when, in milliseconds since the epoch: times of the API server are whole seconds */
export async function callStop(client: KubeClient, reason: string): Promise<number> {
  const metadata = { name: EMERGENCY_STOP, namespace: OPERATOR_NAMESPACE };
  const calledAt = Date.now();
  await client.create(CONFIG_MAPS, { metadata, data: { active: 'true', reason } });
  return calledAt;
}

/** Releases it as a person does, by an edit. */
export async function releaseStop(client: KubeClient): Promise<void> {
  await client.patch(CONFIG_MAPS, EMERGENCY_STOP, OPERATOR_NAMESPACE, { data: { active: 'false' } }, {});
}

/** Takes the ConfigMap away, which releases it as well. */
export async function removeStop(client: KubeClient): Promise<void> {
  await client.remove(CONFIG_MAPS, EMERGENCY_STOP, OPERATOR_NAMESPACE);
}
