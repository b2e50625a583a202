import { randomUUID } from 'node:crypto';
import { isFinished } from '../../../controllers/job/attempts.ts';
import {
  type ApiResource,
  type KubeObject,
  LEASES,
  PODS,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_JOBS,
  SECRETS,
} from '../../../controllers/kube/resource.ts';
import type { Informer } from '../../../controllers/kube/watch.ts';
import { isTrue } from '../../../crds/conditions.ts';
import { CONDITION, LABEL, type Outcome } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../../crds/types.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { waitFor } from '../../cluster/wait.ts';
import { type Admin, connectAdmin } from './admin.ts';
import { FakeKubelet, type PodScript, reportsAtOnce } from './fake-kubelet.ts';
import { type ModelListServer, startModelListServer } from './model-list-server.ts';
import {
  apply,
  installDefinitions,
  installOperatorAccount,
  OPERATOR_NAME,
  OPERATOR_NAMESPACE,
  operatorAccount,
} from './operator-account.ts';
import { type OperatorAccount, OperatorProcess } from './operator-process.ts';
import { until } from './until.ts';
import { WriteLog } from './write-log.ts';

export const AGENT = 'direct';
export const BACKEND = 'models';
export const MODEL = 'small';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

type Policy = 'Background' | 'Foreground' | 'Orphan';

/** A control plane of its own, whose Pods a test plays, and the operator's processes on it. */
export class KubeletFreeCluster {
  readonly plane: ControlPlane;
  readonly admin: Admin;
  readonly jobs: Informer<RuneJob>;
  readonly pods: Informer<Pod>;
  readonly backends: Informer<RuneBackend>;
  readonly kubelet: FakeKubelet;
  readonly log = new WriteLog();
  readonly #patienceSeconds: number;
  readonly #models: ModelListServer;
  readonly #account: OperatorAccount;
  /** What happens to a Pod, by the key of its job; the first that answers counts. */
  readonly #scripts = new Map<string, (attempt: number) => PodScript>();
  readonly #operators: OperatorProcess[] = [];

  private constructor(parts: {
    patienceSeconds: number;
    plane: ControlPlane;
    admin: Admin;
    jobs: Informer<RuneJob>;
    pods: Informer<Pod>;
    backends: Informer<RuneBackend>;
    models: ModelListServer;
    account: OperatorAccount;
  }) {
    this.#patienceSeconds = parts.patienceSeconds;
    this.plane = parts.plane;
    this.admin = parts.admin;
    this.jobs = parts.jobs;
    this.pods = parts.pods;
    this.backends = parts.backends;
    this.#models = parts.models;
    this.#account = parts.account;
    this.kubelet = new FakeKubelet(parts.admin.client, parts.pods, (pod) => this.#scriptOf(pod));
  }

  /** @param patienceSeconds how long anything may take until it counts as failed */
  static async start(patienceSeconds = 50): Promise<KubeletFreeCluster> {
    const plane = await startControlPlane({ withControllerManager: true });
    const admin = connectAdmin(plane.kubeconfig);
    await installDefinitions(admin);
    await installOperatorAccount(admin);
    const [jobs, pods, backends, models, account] = await Promise.all([
      admin.informer({ resource: RUNE_JOBS }),
      admin.informer({ resource: PODS, labelSelector: LABEL.jobUid }),
      admin.informer({ resource: RUNE_BACKENDS }),
      startModelListServer([MODEL]),
      operatorAccount(admin),
    ]);
    const cluster = new KubeletFreeCluster({ patienceSeconds, plane, admin, jobs, pods, backends, models, account });
    await cluster.kubelet.start();
    await cluster.#create(RUNE_AGENTS, callableAgent());
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#operators.map((operator) => operator.stop()));
    await this.admin.stop();
    await this.#models.stop();
    await this.plane.stop();
    this.kubelet.stop();
  }

  /** @param held it reaches the API server only after this resolved */
  async startOperator(identity: string, flags: readonly string[] = [], held?: Promise<void>): Promise<OperatorProcess> {
    const operator = await OperatorProcess.start({
      account: this.#account,
      log: this.log,
      identity,
      namespace: OPERATOR_NAMESPACE,
      flags: ['--runner-image=runner', ...flags],
      ...(held && { held }),
    });
    this.#operators.push(operator);
    return operator;
  }

  /** A fresh namespace, which enforces the restricted Pod Security Standard, with a RuneBackend that serves {@link MODEL}. */
  async namespace(maxConcurrentJobs = 1000): Promise<string> {
    const name = `test-${randomUUID().slice(0, 8)}`;
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await this.#create(NAMESPACES, { metadata: { name, labels } });
    const spec = { openai: { baseURL: this.#models.baseURL }, models: [{ name: MODEL }], maxConcurrentJobs };
    await this.#create(RUNE_BACKENDS, { metadata: { name: BACKEND, namespace: name }, spec } as RuneBackend);
    return name;
  }

  /** Resolves when an operator has found the backend of a namespace ready. */
  async untilBackendReady(namespace: string): Promise<void> {
    const get = () => this.backends.get(namespace, BACKEND);
    const look = () => isTrue(get()?.status?.conditions, CONDITION.ready) || undefined;
    await this.#until(`RuneBackend ${namespace}/${BACKEND}: ready`, look, get);
  }

  /** What will happen to the Pods of a job; without it they report at once. */
  script(namespace: string, name: string, scriptOf: (attempt: number) => PodScript): void {
    this.#scripts.set(`${namespace}/${name}`, scriptOf);
  }

  /** Makes a job that has an expected answer; returns when the cache shows it. */
  async createJob(namespace: string, name: string, changes: Partial<RuneJob['spec']> = {}): Promise<RuneJob> {
    const spec = { ...plainSpec(), ...changes };
    const job = await this.#create(RUNE_JOBS, { metadata: { name, namespace }, spec } as RuneJob);
    await this.untilJob(namespace, name, 'made', ({ metadata }) => metadata.uid === job.metadata.uid);
    return job;
  }

  async patchJob(namespace: string, name: string, spec: Partial<RuneJob['spec']>): Promise<void> {
    await this.admin.client.patch(RUNE_JOBS, name, namespace, { spec }, {});
  }

  async deleteJob(namespace: string, name: string, propagationPolicy: Policy = 'Background'): Promise<void> {
    await this.admin.client.remove(RUNE_JOBS, name, namespace, { propagationPolicy });
  }

  /** Takes the Secret with a job's question away. */
  async deleteQuestion(namespace: string, name: string): Promise<void> {
    const secrets = await this.admin.client.list(SECRETS, { namespace });
    const own = secrets.filter(({ metadata }) => metadata.name?.startsWith(`${name}-question-`));
    for (const { metadata } of own) await this.admin.client.remove(SECRETS, metadata.name ?? '', namespace);
  }

  /** Takes the operator's Lease away; the next process makes it anew. */
  async deleteLease(): Promise<void> {
    await this.admin.client.remove(LEASES, OPERATOR_NAME, OPERATOR_NAMESPACE);
  }

  async deletePod(namespace: string, name: string): Promise<void> {
    await this.admin.client.remove(PODS, name, namespace);
  }

  /** A Pod that no RuneJob owns, and that no node takes. */
  async createForeignPod(namespace: string, name: string): Promise<void> {
    const securityContext = {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const spec = { containers: [{ name: 'foreign', image: 'foreign', securityContext }] };
    await this.#create(PODS, { metadata: { name, namespace }, spec });
  }

  /** Sets the namespace's only ResourceQuota. */
  async setQuota(namespace: string, hard: Readonly<Record<string, string>>): Promise<void> {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'only', namespace }, spec: { hard } };
    await apply(this.admin, `/api/v1/namespaces/${namespace}/resourcequotas/only`, quota);
  }

  /** Resolves when neither a job, a Pod nor a Secret is left in the namespace. */
  async untilNothingLeft(namespace: string): Promise<void> {
    await waitFor(`nothing left in ${namespace}`, async () => this.#left(namespace), this.#patienceSeconds);
  }

  async #left(namespace: string): Promise<string | undefined> {
    const lists = [RUNE_JOBS, PODS, SECRETS].map((resource: ApiResource) =>
      this.admin.client.list(resource, { namespace }),
    );
    const left = (await Promise.all(lists)).flat();
    const described = left.map(({ kind, metadata: { name, finalizers = [], deletionTimestamp } }) =>
      [kind, name, ...finalizers, ...(deletionTimestamp ? [`deleted at ${deletionTimestamp}`] : [])].join(' '),
    );
    return left.length === 0 ? undefined : described.join(', ');
  }

  /** Resolves when the job is as wanted. */
  async untilJob(namespace: string, name: string, awaited: string, is: (job: RuneJob) => boolean): Promise<RuneJob> {
    const look = () => {
      const job = this.jobs.get(namespace, name);
      return job !== undefined && is(job) ? job : undefined;
    };
    return await this.#until(`RuneJob ${namespace}/${name}: ${awaited}`, look, () => this.jobs.get(namespace, name));
  }

  async untilFinished(namespace: string, name: string): Promise<{ job: RuneJob; outcome: Outcome | undefined }> {
    const job = await this.untilJob(namespace, name, 'finished', isFinished);
    return { job, outcome: job.status?.outcome };
  }

  /** Resolves when there is no such job any more. */
  async untilJobGone(namespace: string, name: string): Promise<void> {
    const get = () => this.jobs.get(namespace, name);
    await this.#until(`RuneJob ${namespace}/${name}: gone`, () => get() === undefined || undefined, get);
  }

  async untilPod(namespace: string, name: string, awaited: string, is: (pod: Pod | undefined) => boolean) {
    const get = () => this.pods.get(namespace, name);
    await this.#until(`Pod ${namespace}/${name}: ${awaited}`, () => is(get()) || undefined, get);
  }

  /** Waits for a change of jobs or Pods, and says what there was and what the operator logged where it did not come. */
  async #until<Found>(awaited: string, look: () => Found | undefined, state: () => unknown): Promise<Found> {
    try {
      return await until([this.jobs, this.pods, this.backends], awaited, look, this.#patienceSeconds);
    } catch (cause) {
      const speaking = this.#operators.filter(({ logTail }) => logTail !== '');
      const logs = speaking.slice(-2).map(({ identity, logTail }) => `--- ${identity}\n${logTail.slice(-6000)}`);
      throw new Error(`${awaited}\nIt is: ${JSON.stringify(state())}\n${logs.join('\n')}`, { cause });
    }
  }

  #scriptOf(pod: Pod): PodScript {
    const attempt = Number(pod.metadata.labels?.[LABEL.attempt]);
    const job = `${pod.metadata.namespace}/${pod.metadata.name?.replace(/-\d+$/, '')}`;
    return this.#scripts.get(job)?.(attempt) ?? reportsAtOnce;
  }

  async #create<T extends KubeObject>(resource: ApiResource<T>, object: NoInfer<T>): Promise<T> {
    return await this.admin.client.create(resource, object);
  }
}

function callableAgent(): RuneAgent {
  const spec = {
    displayName: 'Direct',
    domain: 'Research',
    tier: 'OSSNative',
    license: 'MIT',
    openai: { stream: true },
  };
  return { metadata: { name: AGENT }, spec } as RuneAgent;
}

function plainSpec() {
  return {
    agent: { ref: { name: AGENT } },
    model: { name: MODEL, backendRef: { name: BACKEND } },
    question: { prompt: 'Say yes.', expect: [{ exact: { value: 'yes' } }] },
  };
}
