import { mkdir, rm } from 'node:fs/promises';
import type { Checkout } from './checkout.ts';
import { run } from './command.ts';
import { kubectlPath } from './kube-binary.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { writeState } from './state.ts';

/** Takes one context, named by the user, out of the user's kubeconfig into the checkout's own, and asks it once. */
export async function upNamedContext(checkout: Checkout, context: string): Promise<void> {
  const kubectl = await kubectlPath();
  const view = await run(kubectl, ['config', 'view', '--raw', '--minify', '--flatten', '--context', context]);
  await mkdir(checkout.stateDir, { recursive: true });
  await writeKubeconfig(checkout.kubeconfig, view.replace(/^current-context:.*$/m, `current-context: ${context}`));
  await writeState(checkout, { provider: 'context', context });
  await run(kubectl, ['--kubeconfig', checkout.kubeconfig, 'get', '--raw', '/readyz'], { timeoutSeconds: 30 });
}

/** Forgets the context. The cluster is the user's and is left as it is. */
export async function downNamedContext(checkout: Checkout): Promise<void> {
  await rm(checkout.clusterDir, { recursive: true, force: true });
  await rm(checkout.kubeconfig, { force: true });
}
