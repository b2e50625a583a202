import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkout } from './checkout.ts';
import type { NodeNetwork } from './network.ts';

/** What `up` made for a checkout, so that every later command works on that and on nothing else. */
export type ClusterState =
  | { readonly provider: 'context'; readonly context: string }
  | { readonly provider: 'kind'; readonly name: string; readonly engine: 'docker' | 'podman' }
  | {
      readonly provider: 'single-node';
      readonly network: NodeNetwork;
      /** Changes with anything that the cluster was built from; another value means an outdated cluster. */
      readonly key: string;
      /** False while it is being made: one that was interrupted then is made anew. */
      readonly isComplete: boolean;
    };

const file = (checkout: Checkout) => join(checkout.clusterDir, 'state.json');

/** The state of the checkout's cluster, or undefined when there is none. */
export async function readState(checkout: Checkout): Promise<ClusterState | undefined> {
  const text = await readFile(file(checkout), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

export async function writeState(checkout: Checkout, state: ClusterState): Promise<void> {
  await mkdir(checkout.clusterDir, { recursive: true });
  await writeFile(file(checkout), `${JSON.stringify(state, null, 2)}\n`);
}
