import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiGet } from './api-request.ts';
import { type Checkout, checkoutAt } from './checkout.ts';
import { run } from './command.ts';
import type { ComponentName } from './components.ts';
import { findInit, nodeProcesses } from './namespaces.ts';
import type { NodeNetwork } from './network.ts';
import { startTime } from './process-table.ts';
import { nodeEndpoint, startComponent } from './single-node.ts';
import { readState } from './state.ts';
import { waitFor } from './wait.ts';

/** What tests may do to the single-node cluster of their checkout, and where they find things of it. */
export interface NodeFaults {
  /** The node as this machine and Pods see it. */
  readonly nodeAddress: string;
  /** This machine as Pods see it: a server of a test that listens here, or on 0.0.0.0, can be reached from Pods. */
  readonly hostAddress: string;
  /** Range of Pod addresses, which this machine can reach. */
  readonly podRange: string;
  /** Path of the API server's audit log: one JSON event (audit.k8s.io/v1, level Metadata) a line. */
  readonly auditLog: string;
  /** Freezes a component (SIGSTOP): it neither acts nor closes its connections. */
  readonly pause: (name: ComponentName) => void;
  /** Lets a frozen component go on (SIGCONT). */
  readonly resume: (name: ComponentName) => void;
  /** Kills a component (SIGKILL); Pods that run go on. Returns when it is gone. */
  readonly kill: (name: ComponentName) => Promise<void>;
  /** Starts a killed component again. For the API server, returns when it answers. */
  readonly start: (name: ComponentName) => Promise<void>;
  /** `kill` and `start`. */
  readonly restart: (name: ComponentName) => Promise<void>;
  /** Forgets etcd's past revisions. Watches from older ones get 410 once the API server was restarted after it. */
  readonly compactEtcd: () => Promise<void>;
}

/** @throws Error unless the checkout's cluster is a single node that runs */
export async function nodeFaults(checkout: Checkout = checkoutAt()): Promise<NodeFaults> {
  const state = await readState(checkout);
  const init = findInit(checkout.id);
  if (state?.provider !== 'single-node' || init === undefined) {
    throw new Error('faults can be made in the single-node cluster of the checkout only, and none runs');
  }
  const { network } = state;
  const signal = (name: ComponentName, code: NodeJS.Signals) => process.kill(pidOf(init, name), code);
  const kill = async (name: ComponentName) => {
    const pid = pidOf(init, name);
    const started = startTime(pid);
    process.kill(pid, 'SIGKILL');
    // Only when it is reaped are its ports and locks free for the next one.
    await waitFor(`the end of ${name}`, async () => (startTime(pid) === started ? 'still there' : undefined), 30);
  };
  const start = async (name: ComponentName) => startAndWait(checkout, network, name);
  return {
    nodeAddress: network.nodeAddress,
    hostAddress: network.hostAddress,
    podRange: network.pods,
    auditLog: join(checkout.clusterDir, 'audit', 'audit.log'),
    pause: (name) => void signal(name, 'SIGSTOP'),
    resume: (name) => void signal(name, 'SIGCONT'),
    kill,
    start,
    restart: async (name) => {
      await kill(name);
      await start(name);
    },
    compactEtcd: async () => compactInNode(init),
  };
}

function pidOf(init: number, name: ComponentName): number {
  const pid = nodeProcesses(init).get(name);
  if (pid === undefined) throw new Error(`${name} does not run in the cluster's node`);
  return pid;
}

async function startAndWait(checkout: Checkout, network: NodeNetwork, name: ComponentName): Promise<void> {
  await startComponent(checkout, network, name);
  if (name !== 'kube-apiserver') return;
  const endpoint = await nodeEndpoint(checkout, network);
  await waitFor('the API server', async () => void (await apiGet(endpoint, '/readyz')), 60);
}

/** etcd listens on the node's own loopback only, so this goes there, with Node from this machine's files. */
async function compactInNode(init: number): Promise<void> {
  const module = fileURLToPath(new URL('etcd-compaction.ts', import.meta.url));
  const program = `import(${JSON.stringify(module)}).then((etcd) => etcd.compactEtcd('http://127.0.0.1:2379'))`;
  await run('nsenter', ['--target', String(init), '--net', process.execPath, '--eval', program]);
}
