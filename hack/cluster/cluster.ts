import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { containerEngine } from '../images/engine.ts';
import { type Checkout, checkoutAt, clusterSettings } from './checkout.ts';
import { downKind, hasKindNode, upKind } from './kind.ts';
import { withLock } from './lock.ts';
import { downNamedContext, upNamedContext } from './named-context.ts';
import { say, step } from './progress.ts';
import { downSingleNode, isHealthy, missingComponents, upSingleNode } from './single-node.ts';
import { type ClusterState, readState } from './state.ts';

/** Which kind of cluster a checkout works on. */
export type Provider =
  | { readonly kind: 'context'; readonly context: string }
  | { readonly kind: 'kind'; readonly engine: 'docker' | 'podman' }
  | { readonly kind: 'single-node' };

/** The context that the user names, else kind where a container engine answers, else the single node. */
export function chooseProvider(context: string | undefined, engine: 'docker' | 'podman' | undefined): Provider {
  if (context) return { kind: 'context', context };
  if (engine) return { kind: 'kind', engine };
  return { kind: 'single-node' };
}

/** Makes sure that the checkout has a cluster that answers. @returns the path of its kubeconfig */
export async function clusterUp(checkout: Checkout = checkoutAt()): Promise<string> {
  const context = clusterSettings().kubeContext;
  const provider = chooseProvider(context, context ? undefined : await containerEngine());
  await withLock(lockFile(checkout), async () => {
    const state = await readState(checkout);
    if (state && !fits(state, provider)) await takeDown(checkout, state);
    switch (provider.kind) {
      case 'context':
        return await upNamedContext(checkout, provider.context);
      case 'kind':
        return await upKind(checkout, provider.engine);
      case 'single-node':
        return await upSingleNode(checkout);
    }
  });
  return checkout.kubeconfig;
}

/** Takes away what `clusterUp` made. A cluster that the user named is only forgotten. */
export async function clusterDown(checkout: Checkout = checkoutAt()): Promise<void> {
  await withLock(lockFile(checkout), async () => {
    const state = await readState(checkout);
    await step('take the cluster down', async () => takeDown(checkout, state));
  });
  if ((await readdir(checkout.stateDir)).length === 0) await rmdir(checkout.stateDir);
}

/** One line on what there is: `running`, `broken: ...` or `none`. */
export async function clusterStatus(checkout: Checkout = checkoutAt()): Promise<string> {
  const state = await readState(checkout);
  switch (state?.provider) {
    case undefined:
      return 'none';
    case 'context':
      return `the cluster of the context ${state.context}, which is the user's own`;
    case 'kind':
      return `kind cluster ${state.name}`;
    case 'single-node': {
      const { hostAddress, nodeAddress } = state.network;
      if (await isHealthy(checkout, state))
        return `running: node ${nodeAddress}; Pods reach this machine at ${hostAddress}`;
      return `broken: ${missingComponents(checkout).join(', ') || 'the node is not ready'}; make cluster repairs it`;
    }
  }
}

async function takeDown(checkout: Checkout, state: ClusterState | undefined): Promise<void> {
  switch (state?.provider) {
    case 'context':
      return await downNamedContext(checkout);
    case 'kind':
      return await downKind(checkout, state.engine);
    case 'single-node':
      return await downSingleNode(checkout);
    default:
      // The folder may have been deleted under a running cluster.
      if (await hasKindNode(checkout)) await downKind(checkout, (await containerEngine()) ?? 'docker');
      return await downSingleNode(checkout);
  }
}

function fits(state: ClusterState, provider: Provider): boolean {
  if (state.provider !== provider.kind) say(`  the ${state.provider} cluster gives way to: ${provider.kind}`);
  if (state.provider === 'context') return provider.kind === 'context' && state.context === provider.context;
  return state.provider === provider.kind;
}

function lockFile(checkout: Checkout): string {
  return join(checkout.stateDir, 'cluster.lock');
}
