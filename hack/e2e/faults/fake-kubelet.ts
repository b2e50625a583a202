import type { KubeClient } from '../../../controllers/kube/client.ts';
import { isNotFound } from '../../../controllers/kube/errors.ts';
import { keyOf } from '../../../controllers/kube/key.ts';
import { PODS, pathOf } from '../../../controllers/kube/resource.ts';
import type { Change, Informer } from '../../../controllers/kube/watch.ts';
import { LABEL, RUNNER_CONTAINER } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import { FakeNode } from './fake-node.ts';
import { fakeReport } from './fake-report.ts';

/** What happens to a Pod. It is given up when the Pod is deleted. */
export type PodScript = (pod: FakePod) => Promise<void>;

const NODE = 'fake-node';
const MERGE_PATCH = 'application/merge-patch+json';

/**
 * Plays scheduler, kubelet and container runtime: each runner Pod goes through a script. It ends deleted Pods as a
 * kubelet does, unless their script says that the node is silent.
 */
export class FakeKubelet {
  readonly #client: KubeClient;
  readonly #node: FakeNode;
  readonly #pods: Informer<Pod>;
  readonly #scriptOf: (pod: Pod) => PodScript;
  /** By uid: all Pods that ever were. */
  readonly #seen = new Map<string, FakePod>();
  readonly #failures: unknown[] = [];
  readonly #stop = new AbortController();

  constructor(client: KubeClient, pods: Informer<Pod>, scriptOf: (pod: Pod) => PodScript) {
    this.#client = client;
    this.#node = new FakeNode(client, NODE);
    this.#pods = pods;
    this.#scriptOf = scriptOf;
  }

  /** Makes the node, and keeps it alive until `stop`. */
  async start(): Promise<void> {
    await this.#node.start();
    this.#pods.onChange((change) => this.#onChange(change));
  }

  /** @throws what a script threw, if one did */
  stop(): void {
    this.#stop.abort();
    this.#node.stop();
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'scripts of Pods failed');
  }

  /** All Pods that ever were there, gone ones included. */
  get pods(): FakePod[] {
    return [...this.#seen.values()];
  }

  #onChange({ type, object }: Change<Pod>): void {
    const uid = object.metadata.uid ?? '';
    const known = this.#seen.get(uid);
    if (known === undefined) {
      const pod = new FakePod(object, this.#client);
      this.#seen.set(uid, pod);
      this.#run(pod, this.#scriptOf(object)(pod));
      return;
    }
    known.latest = object;
    if (type === 'deleted') known.isGone = true;
    else if (object.metadata.deletionTimestamp !== undefined) this.#run(known, known.end());
  }

  #run(pod: FakePod, work: Promise<void>): void {
    work.catch((error: unknown) => {
      // A Pod that was deleted meanwhile takes no more status; that is no failure of its script.
      if (!pod.isDeleted && !isNotFound(error) && !this.#stop.signal.aborted) this.#failures.push(error);
    });
  }
}

/** One Pod, and what its kubelet can say of it. */
export class FakePod {
  latest: Pod;
  isGone = false;
  /** The node does not answer: a deleted Pod is never ended. */
  isSilent = false;
  /** What a container writes that is told to end; none as by SIGKILL. */
  lastWords: string | undefined;
  readonly #client: KubeClient;
  #isEnding = false;
  #hasTerminated = false;
  #startedAt: string | undefined;

  constructor(pod: Pod, client: KubeClient) {
    this.latest = pod;
    this.#client = client;
  }

  get key(): string {
    return keyOf(this.latest);
  }

  /** uid of the job that it was made for. */
  get ownerUid(): string | undefined {
    return this.latest.metadata.labels?.[LABEL.jobUid];
  }

  get isDeleted(): boolean {
    return this.isGone || this.latest.metadata.deletionTimestamp !== undefined;
  }

  /** As the scheduler does it. */
  async bind(): Promise<void> {
    const { name = '', namespace } = this.latest.metadata;
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: NODE } };
    await this.#call('POST', `${pathOf(PODS, namespace, name)}/binding`, binding);
  }

  async unschedulable(message: string): Promise<void> {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    await this.#status({ conditions: [condition] });
  }

  async waiting(reason: string, message: string): Promise<void> {
    await this.#status({ phase: 'Pending', containerStatuses: [this.#container({ waiting: { reason, message } })] });
  }

  async running(): Promise<void> {
    this.#startedAt ??= now();
    const state = { running: { startedAt: this.#startedAt } };
    await this.#status({ phase: 'Running', containerStatuses: [this.#container(state)] });
  }

  /** The runner's container ended; `message` is its termination message. */
  async terminated(message: string | undefined, exitCode = 0, reason = exitCode === 0 ? 'Completed' : 'Error') {
    this.#hasTerminated = true;
    const times = { ...(this.#startedAt && { startedAt: this.#startedAt }), finishedAt: now() };
    const terminated = { exitCode, reason, ...times, ...(message === undefined ? {} : { message }) };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    await this.#status({ phase, containerStatuses: [this.#container({ terminated })] });
  }

  /** The kubelet evicted it. */
  async evicted(message: string): Promise<void> {
    this.#hasTerminated = true;
    await this.#status({ phase: 'Failed', reason: 'Evicted', message });
  }

  /** It is being deleted: its container ends, and the kubelet lets it go, at every change until it is gone. */
  async end(): Promise<void> {
    const { uid, deletionGracePeriodSeconds, finalizers = [] } = this.latest.metadata;
    if (this.isSilent || this.isGone) return;
    if (deletionGracePeriodSeconds === 0) {
      // Removing the last finalizer and the Pod are two steps of the API server; a crash between them leaves the Pod.
      if (finalizers.length > 0 || !this.latest.spec?.nodeName) return;
    } else {
      if (this.#isEnding) return;
      this.#isEnding = true;
      if (!this.#hasTerminated) await this.terminated(this.lastWords, 143);
    }
    const { name = '', namespace } = this.latest.metadata;
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#call('DELETE', pathOf(PODS, namespace, name), body);
  }

  #container(state: object) {
    const isRunning = 'running' in state;
    return { name: RUNNER_CONTAINER, image: 'runner', imageID: '', ready: isRunning, restartCount: 0, state };
  }

  async #status(status: object): Promise<void> {
    const { name = '', namespace, uid } = this.latest.metadata;
    await this.#call('PATCH', pathOf(PODS, namespace, name, 'status'), { metadata: { uid }, status });
  }

  async #call(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown): Promise<void> {
    const contentType = method === 'PATCH' ? MERGE_PATCH : 'application/json';
    await this.#client.transport.call({ method, path, body, contentType, timeoutMilliseconds: 10_000 });
  }
}

/** A Pod whose runner starts and reports at once. */
export const reportsAtOnce: PodScript = async (pod) => {
  await pod.bind();
  await pod.running();
  await pod.terminated(JSON.stringify(fakeReport(pod.latest)));
};

/** Kubernetes' times have seconds only. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
