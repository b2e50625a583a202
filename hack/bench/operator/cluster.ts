import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubeObject, RUNE_AGENTS, RUNE_BACKENDS } from '../../../controllers/kube/resource.ts';
import { track } from '../../cluster/children.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { step } from '../../cluster/progress.ts';
import { waitFor } from '../../cluster/wait.ts';
import { type Admin, connectAdmin } from '../../e2e/faults/admin.ts';
import { type ModelListServer, startModelListServer } from '../../e2e/faults/model-list-server.ts';
import { installDefinitions, installOperatorAccount, operatorAccount } from '../../e2e/faults/operator-account.ts';
import { kwokPath } from './kwok-binary.ts';
import { BenchOperator } from './operator-process.ts';
import { NAMESPACES, NODES } from './resources.ts';

export const AGENT = 'direct';
export const MODEL = 'small';
/** Serves as many jobs at once as a RuneBackend may say. */
export const BACKEND = 'models';
export const MAX_AT_ONCE = 1000;

const KWOK_LOG = 'kwok.log';
const NODE_COUNT = 20;
/** So that the clients' own limits decide nothing, on either side. */
const UNLIMITED = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

/** A control plane with scheduler and controller-manager, nodes that KWOK plays, and the operator's account. */
export class BenchCluster implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly admin: Admin;
  readonly #dir: string;
  readonly #kwok: ChildProcess;
  readonly #models: ModelListServer;
  #operator: BenchOperator | undefined;
  #namespaces = 0;

  private constructor(dir: string, plane: ControlPlane, admin: Admin, kwok: ChildProcess, models: ModelListServer) {
    this.#dir = dir;
    this.plane = plane;
    this.admin = admin;
    this.#kwok = kwok;
    this.#models = models;
  }

  /** @param dir a scratch folder, which is the caller's to remove */
  static async start(dir: string): Promise<BenchCluster> {
    const kwok = await kwokPath();
    return await step('start a control plane and its nodes', async () => {
      const plane = await startControlPlane({
        withControllerManager: true,
        withScheduler: true,
        flags: {
          'kube-controller-manager': [...UNLIMITED, '--concurrent-job-syncs=20'],
          'kube-scheduler': UNLIMITED,
          // Neither side is to be slowed by the server's own queues.
          'kube-apiserver': ['--max-requests-inflight=1000', '--max-mutating-requests-inflight=1000'],
        },
      });
      const admin = connectAdmin(plane.kubeconfig);
      const models = await startModelListServer([MODEL]);
      const cluster = new BenchCluster(dir, plane, admin, startKwok(kwok, dir, plane), models);
      try {
        await cluster.#prepare();
      } catch (cause) {
        await cluster[Symbol.asyncDispose]();
        throw new Error(`KWOK said last: ${(await readFile(join(dir, KWOK_LOG), 'utf8')).slice(-2000)}`, { cause });
      }
      return cluster;
    });
  }

  /** The operator as a process; the only one of the cluster. */
  async startOperator(flags: readonly string[] = []): Promise<BenchOperator> {
    await this.#operator?.stop();
    this.#operator = await BenchOperator.start(this.#dir, await operatorAccount(this.admin), flags);
    return this.#operator;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  /** A fresh namespace with the RuneBackend {@link BACKEND}; not yet found ready. */
  async namespace(): Promise<string> {
    const name = `bench-${++this.#namespaces}`;
    await this.create(NAMESPACES, { metadata: { name } });
    await waitFor(
      `the service account of ${name}`,
      async () => void (await this.#get(`/api/v1/namespaces/${name}/serviceaccounts/default`)),
      30,
    );
    await this.backend(name, BACKEND, MAX_AT_ONCE);
    return name;
  }

  /** Makes a RuneBackend; returns when the operator has found it ready. */
  async backend(namespace: string, name: string, maxConcurrentJobs: number): Promise<void> {
    const spec = {
      openai: { baseURL: this.#models.baseURL },
      models: [{ name: MODEL, prices: { inputPerMillionTokensUSD: '0.15', outputPerMillionTokensUSD: '0.60' } }],
      maxConcurrentJobs,
    };
    await this.create(RUNE_BACKENDS, { metadata: { name, namespace }, spec } as KubeObject);
    if (this.#operator === undefined) return;
    const isReady = async () => {
      const backend = await this.admin.client.get(RUNE_BACKENDS, name, namespace);
      const ready = backend?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
      return ready ? undefined : JSON.stringify(backend?.status);
    };
    await waitFor(`RuneBackend ${namespace}/${name}: ready`, isReady, 30);
  }

  /** Deletes a namespace and all in it, and waits for that, so that nothing of one round is left to do in the next. */
  async removeNamespace(name: string): Promise<void> {
    await this.admin.client.remove(NAMESPACES, name, undefined);
    const isGone = async () =>
      (await this.admin.client.get(NAMESPACES, name)) === undefined ? undefined : 'it is there';
    await waitFor(`Namespace ${name}: gone`, isGone, 900);
  }

  async create<T extends KubeObject>(resource: Parameters<Admin['client']['create']>[0], object: T): Promise<T> {
    return (await this.admin.client.create(resource, object)) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#operator?.stop();
    await this.admin.stop();
    await this.#models.stop();
    if (this.#kwok.exitCode === null) {
      this.#kwok.kill();
      await once(this.#kwok, 'close');
    }
    await this.plane.stop();
  }

  async #prepare(): Promise<void> {
    await installDefinitions(this.admin);
    await installOperatorAccount(this.admin);
    for (let node = 0; node < NODE_COUNT; node++) {
      const name = `kwok-${node}`;
      await this.create(NODES, { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
    }
    await this.create(RUNE_AGENTS, {
      metadata: { name: AGENT },
      spec: { displayName: 'Direct', domain: 'Research', tier: 'OSSNative', license: 'MIT', openai: { stream: true } },
    } as KubeObject);
    const areReady = async () => {
      const nodes = (await this.#get('/api/v1/nodes')) as { items: Node[] };
      const ready = nodes.items.filter(isReady).length;
      return ready === NODE_COUNT ? undefined : `${ready} of ${NODE_COUNT}`;
    };
    await waitFor('nodes that are ready', areReady, 30);
  }

  async #get(path: string): Promise<unknown> {
    return await this.admin.client.transport.call({ method: 'GET', path, timeoutMilliseconds: 10_000 });
  }
}

type Node = { spec: { taints?: unknown[] }; status?: { conditions?: { type: string; status: string }[] } };

function isReady({ spec, status }: Node): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  return ready && (spec.taints ?? []).length === 0;
}

function startKwok(program: string, dir: string, plane: ControlPlane): ChildProcess {
  const log = openSync(join(dir, KWOK_LOG), 'a');
  const config = join(import.meta.dirname, 'kwok', 'stages.yaml');
  const args = [`--kubeconfig=${plane.kubeconfig}`, `--config=${config}`];
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  track(child);
  return child;
}
