import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { LEASES } from '../../../controllers/kube/resource.ts';

const MERGE_PATCH = 'application/merge-patch+json';
const LEASE_NAMESPACE = 'kube-node-lease';

/** A node that is ready for as long as a test says so; nothing runs on it. */
export class FakeNode {
  readonly name: string;
  readonly #client: KubeClient;
  readonly #stop = new AbortController();

  constructor(client: KubeClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Makes the node, and keeps it alive until `stop`. The scheduler is kept off it where `spec` says so. */
  async start(spec: object = {}): Promise<void> {
    const { name } = this;
    await this.#call('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec });
    const ready = { type: 'Ready', status: 'True', reason: 'Fake', message: 'a test plays the kubelet' };
    await this.#call('PATCH', `/api/v1/nodes/${name}/status`, { status: { conditions: [ready] } });
    await this.#client.create(LEASES, { metadata: { name }, spec: this.#heartbeat() }, LEASE_NAMESPACE);
    void this.#beat();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Stops it, and takes it away with its Lease. */
  async remove(): Promise<void> {
    this.stop();
    await this.#call('DELETE', `/api/v1/nodes/${this.name}`);
    await this.#client.remove(LEASES, this.name, LEASE_NAMESPACE);
  }

  async #beat(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const spec = this.#heartbeat();
      await this.#client.patch(LEASES, this.name, LEASE_NAMESPACE, { spec }, {}).catch(() => undefined);
      await sleep(3000, undefined, { signal }).catch(() => undefined);
    }
  }

  #heartbeat() {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    return { holderIdentity: this.name, leaseDurationSeconds: 40, renewTime };
  }

  async #call(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const contentType = method === 'PATCH' ? MERGE_PATCH : 'application/json';
    await this.#client.transport.call({ method, path, body, contentType, timeoutMilliseconds: 10_000 });
  }
}
