import { Resolver } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { buildPauseImage } from '../images/pause.ts';
import { type ApiEndpoint, apiGet } from './api-request.ts';
import { cacheKey, cachePath } from './cache.ts';
import { certificateRequests, issueCertificates, readCredentials } from './certificates.ts';
import { cgroupRoot, makeCgroups, removeCgroups } from './cgroups.ts';
import type { Checkout } from './checkout.ts';
import {
  type ComponentName,
  componentCommand,
  componentFiles,
  dependents,
  foundation,
  kubeconfigOwners,
  nodeName,
} from './components.ts';
import { importArchive } from './containerd-import.ts';
import { kubeBinaryKey, kubeBinDir } from './kube-binary.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';
import { findInit, nodeProcesses, startInit, startInNode, stopInit } from './namespaces.ts';
import { cniPluginDir, requireNode } from './needs.ts';
import { chooseNetwork, connectNode, disconnectNode, type NodeNetwork, takenRanges } from './network.ts';
import { say, step } from './progress.ts';
import { type ClusterState, readState, writeState } from './state.ts';
import { waitFor } from './wait.ts';

type NodeState = Extract<ClusterState, { provider: 'single-node' }>;

/** Brings the checkout's node to readiness: does nothing when it is, starts what died, replaces what is beyond that. */
export async function upSingleNode(checkout: Checkout): Promise<void> {
  const state = await readState(checkout);
  if (state?.provider === 'single-node' && findInit(checkout.id) !== undefined) {
    if (!state.isComplete) say('  the cluster was only made in part and is replaced');
    else if (state.key !== (await nodeKey(state.network))) say('  the cluster is outdated and is replaced');
    else if (await isHealthy(checkout, state)) return await writeUserKubeconfig(checkout, state.network);
    else if (await repair(checkout, state)) return;
  }
  await downSingleNode(checkout);
  await create(checkout);
}

/** Ends the node and removes all that it left on this machine. Does nothing where there is none. */
export async function downSingleNode(checkout: Checkout): Promise<void> {
  if (process.platform !== 'linux') return;
  await stopInit(checkout.id);
  await disconnectNode(`rune-${checkout.id}`);
  await removeCgroups(checkout.id);
  await rm(checkout.clusterDir, { recursive: true, force: true });
  await rm(checkout.kubeconfig, { force: true });
}

/** Whether every component runs, the API server answers and the node is ready. */
export async function isHealthy(checkout: Checkout, state: NodeState): Promise<boolean> {
  if (missingComponents(checkout).length > 0) return false;
  const endpoint = await nodeEndpoint(checkout, state.network);
  return (await notReady(endpoint).catch(() => 'no answer')) === undefined;
}

/** Components that should run and do not. */
export function missingComponents(checkout: Checkout): ComponentName[] {
  const init = findInit(checkout.id);
  const running = init === undefined ? new Map() : nodeProcesses(init);
  return [...foundation, ...dependents].filter((name) => !running.has(name));
}

/** Starts one component in the node. */
export async function startComponent(checkout: Checkout, network: NodeNetwork, name: ComponentName): Promise<void> {
  const init = findInit(checkout.id);
  if (init === undefined) throw new Error('the cluster does not run; start it with: make cluster');
  await startInNode(init, componentCommand(name, network));
}

/** The node's API server, asked as administrator. */
export async function nodeEndpoint(checkout: Checkout, network: NodeNetwork): Promise<ApiEndpoint> {
  const credentials = await readCredentials(join(checkout.clusterDir, 'pki'), 'admin');
  return { url: `https://${network.nodeAddress}:6443`, credentials };
}

async function repair(checkout: Checkout, state: NodeState): Promise<boolean> {
  const missing = missingComponents(checkout);
  const title = missing.length > 0 ? `start again what has died: ${missing.join(', ')}` : 'wait for the node';
  try {
    await step(title, async () => {
      for (const name of missing) await startComponent(checkout, state.network, name);
      const endpoint = await nodeEndpoint(checkout, state.network);
      await waitFor('the node', async () => notReady(endpoint), 30);
    });
    return true;
  } catch (error) {
    say(`  the cluster is replaced: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** Changes with the programs and with how they are started and configured, but not from machine to machine. */
async function nodeKey(network: NodeNetwork): Promise<string> {
  const inputs = { network, cgroupRoot: '', cniPluginDir: '', pauseImage: '', snapshotter: 'overlayfs' } as const;
  const commands = [...foundation, ...dependents].map((name) => componentCommand(name, network));
  const configuration = JSON.stringify([componentFiles(inputs), commands]);
  return cacheKey({ binary: await kubeBinaryKey(), configuration });
}

async function create(checkout: Checkout): Promise<void> {
  await requireNode(existsSync(cachePath('kube', await kubeBinaryKey())));
  const binDir = await kubeBinDir();
  const pause = await buildPauseImage(join(binDir, 'pause'));
  const network = chooseNetwork(checkout.id, await takenRanges());
  const endpoint = await step('write certificates and configuration', async () => {
    await writeNodeFiles(checkout, network, pause.ref);
    return await nodeEndpoint(checkout, network);
  });
  const state = { provider: 'single-node', network, key: await nodeKey(network) } as const;
  await writeState(checkout, { ...state, isComplete: false });
  await step('start etcd, containerd and the API server', async () => {
    await makeCgroups(checkout.id);
    const init = await startInit(checkout.id, checkout.clusterDir, binDir);
    await connectNode(network, init);
    for (const name of foundation) await startComponent(checkout, network, name);
    await importArchive(init, pause.archive);
    await waitFor('the API server', async () => void (await apiGet(endpoint, '/readyz')), 60);
  });
  await step('start the other components and wait for the node', async () => {
    for (const name of dependents) await startComponent(checkout, network, name);
    await waitFor('the node', async () => notReady(endpoint), 60);
    await waitFor('the cluster DNS', async () => resolves(network.nodeAddress), 30);
  });
  await writeUserKubeconfig(checkout, network);
  await writeState(checkout, { ...state, isComplete: true });
}

async function writeUserKubeconfig(checkout: Checkout, network: NodeNetwork): Promise<void> {
  const { credentials, url } = await nodeEndpoint(checkout, network);
  await writeKubeconfig(checkout.kubeconfig, kubeconfig(`rune-${checkout.id}`, url, credentials));
}

async function writeNodeFiles(checkout: Checkout, network: NodeNetwork, pauseImage: string): Promise<void> {
  const dir = (path: string) => join(checkout.clusterDir, path);
  for (const name of ['audit', 'etc', 'log', 'run', 'var-lib', 'var-log']) await mkdir(dir(name), { recursive: true });
  await issueCertificates(dir('pki'), certificateRequests(nodeName, [network.nodeAddress]));
  const files = componentFiles({
    network,
    cgroupRoot: cgroupRoot(checkout.id),
    cniPluginDir: cniPluginDir() ?? '',
    pauseImage,
    snapshotter: await snapshotterFor(checkout.clusterDir),
  });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(dir(`etc/${name}`)), { recursive: true });
    await writeFile(dir(`etc/${name}`), typeof content === 'string' ? content : stringify(content));
  }
  for (const owner of kubeconfigOwners) {
    const credentials = await readCredentials(dir('pki'), owner);
    const server = `https://${network.nodeAddress}:6443`;
    await writeKubeconfig(dir(`etc/${owner}.kubeconfig`), kubeconfig('rune', server, credentials));
  }
}

/** An overlay cannot lie on an overlay, which the folder of a checkout inside a container may be. */
async function snapshotterFor(dir: string): Promise<'native' | 'overlayfs'> {
  const overlayMagic = 0x794c7630; // OVERLAYFS_SUPER_MAGIC, see statfs(2)
  return (await statfs(dir)).type === overlayMagic ? 'native' : 'overlayfs';
}

/** What the cluster still lacks before Pods can be made, in a few words; undefined when it is ready. */
async function notReady(endpoint: ApiEndpoint): Promise<string | undefined> {
  await apiGet(endpoint, '/readyz');
  const node = JSON.parse(await apiGet(endpoint, `/api/v1/nodes/${nodeName}`)) as {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
  };
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return ready?.message ?? 'the node has not reported yet';
  await apiGet(endpoint, '/api/v1/namespaces/default/serviceaccounts/default');
  return undefined;
}

async function resolves(server: string): Promise<string | undefined> {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([server]);
  const addresses = await resolver.resolve4('kubernetes.default.svc.cluster.local');
  return addresses.length > 0 ? undefined : 'kubernetes.default has no address';
}
