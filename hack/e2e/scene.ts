import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import {
  type ApiResource,
  type CoreEvent,
  EVENTS,
  type KubeObject,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_JOBS,
  SECRETS,
} from '../../controllers/kube/resource.ts';
import { isTrue } from '../../crds/conditions.ts';
import { CONDITION, SECRET_TYPE } from '../../crds/names.ts';
import type {
  RuneAgentManifest,
  RuneBackend,
  RuneBackendManifest,
  RuneJob,
  RuneJobManifest,
} from '../../crds/types.ts';
import { ClusterClient } from '../install/cluster-client.ts';
import { Kubectl } from '../install/kubectl.ts';
import { checkoutLabel, runLabel } from './provided.ts';
import type { Stats } from './scripted-model/stats.ts';
import { ScriptedServer, scriptedURL } from './scripted-server.ts';

export type JobSpec = RuneJobManifest['spec'];
export type BackendSpec = RuneBackendManifest['spec'];
type Question = NonNullable<JobSpec['question']>;

/** A job for {@link Scene.job}; what is left out is asked of the scene's agent and backend. */
export interface JobChoice extends Partial<Omit<JobSpec, 'model' | 'agent'>> {
  readonly backend?: string;
  readonly model?: string;
  /** Name of an agent that {@link Scene.agentInContainer} gave. */
  readonly agent?: string;
  /** Options of the agent. */
  readonly options?: NonNullable<JobSpec['agent']['options']>;
  /** The question, with directives of the scripted model. */
  readonly prompt?: string;
  readonly expect?: NonNullable<Question['expect']>;
  readonly passMarkPermille?: number;
}

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** How long a job of a test may take in all, on a busy machine. */
const finishSeconds = 150;
const readySeconds = 60;
const eventSeconds = 30;

/** A namespace of a test's own, in which Pods must be restricted, with an agent and the backend `scripted`. */
export class Scene {
  readonly namespace: string;
  readonly client: ClusterClient;
  readonly kubectl: Kubectl;
  readonly scripted: ScriptedServer;

  private constructor(namespace: string) {
    const { kubeconfig, kubectlPath } = inject('e2e');
    this.namespace = namespace;
    this.client = new ClusterClient(kubeconfig);
    this.kubectl = new Kubectl(kubectlPath, kubeconfig);
    this.scripted = new ScriptedServer(this.client);
  }

  /** @param topic a word or two that name the test, for people who look at the cluster */
  static async open(topic: string): Promise<Scene> {
    const scene = new Scene(`e2e-${topic}-${randomBytes(3).toString('hex')}`);
    const labels = { ...ours(), 'pod-security.kubernetes.io/enforce': 'restricted' };
    await scene.client.kube.create(NAMESPACES, { metadata: { name: scene.namespace, labels } });
    await scene.agent({ stream: true });
    await scene.backend('scripted', { openai: { baseURL: `${scriptedURL}/v1` }, maxConcurrentJobs: 6 });
    return scene;
  }

  /** Takes all of it away, without waiting for the end of that: the suite's end does. */
  async close(): Promise<void> {
    await this.client.kube.remove(NAMESPACES, this.namespace, undefined);
    await this.client.kube.remove(RUNE_AGENTS, this.namespace, undefined);
    await this.client.close();
  }

  /** Makes the scene's agent, which has the name of the namespace. */
  async agent(openai: NonNullable<RuneAgentManifest['spec']['openai']>): Promise<void> {
    const spec = { displayName: 'The scripted model', domain: 'Research', tier: 'OSSNative', license: 'MIT', openai };
    await this.create(RUNE_AGENTS, { metadata: { name: this.namespace, labels: ours() }, spec });
  }

  /** Makes an agent in a container, of the hostile agent's image unless said otherwise. @returns its name, for jobs */
  async agentInContainer(
    topic: string,
    container: Partial<NonNullable<RuneAgentManifest['spec']['container']>> = {},
    more: Partial<RuneAgentManifest['spec']> = {},
  ): Promise<string> {
    const name = `${this.namespace}-${topic}`;
    const about = { displayName: 'An agent of a test', domain: 'Research', tier: 'Community', license: 'MIT' };
    const spec = { ...about, container: { image: inject('e2e').hostileAgentImage, ...container }, ...more };
    await this.create(RUNE_AGENTS, { metadata: { name, labels: ours() }, spec });
    return name;
  }

  /** Makes a backend and waits until the operator has found it ready. */
  async backend(name: string, spec: BackendSpec): Promise<void> {
    await this.create(RUNE_BACKENDS, { metadata: { name }, spec });
    const isReady = (backend: RuneBackend | undefined) => isTrue(backend?.status?.conditions, CONDITION.ready);
    await this.client.until(RUNE_BACKENDS, name, this.namespace, isReady, readySeconds);
  }

  async apiKey(name: string, key: string): Promise<void> {
    await this.create(SECRETS, { metadata: { name }, type: SECRET_TYPE.apiKey, stringData: { apiKey: key } });
  }

  /** Makes an account of the namespace with the built-in role `view`. */
  async viewer(name: string): Promise<void> {
    const here = ['--namespace', this.namespace];
    await this.kubectl.run(['create', 'serviceaccount', name, ...here]);
    const of = `--serviceaccount=${this.namespace}:${name}`;
    await this.kubectl.run(['create', 'rolebinding', name, '--clusterrole=view', of, ...here]);
  }

  /** Makes a job that names itself to the scripted model, so that {@link Scene.served} finds it. */
  async job(name: string, choice: JobChoice = {}): Promise<void> {
    await this.create(RUNE_JOBS, { metadata: { name }, spec: this.jobSpec(name, choice) });
  }

  jobSpec(name: string, choice: JobChoice = {}): JobSpec {
    const { agent, backend, model, options, prompt, expect, passMarkPermille, ...rest } = choice;
    const question = {
      prompt: `${prompt ?? 'What is the capital of France? <<answer: Paris>>'} <<job: ${this.#jobId(name)}>>`,
      ...(expect === undefined ? {} : { expect }),
      ...(passMarkPermille === undefined ? {} : { passMarkPermille }),
    };
    return {
      agent: { ref: { name: agent ?? this.namespace }, ...(options === undefined ? {} : { options }) },
      model: { name: model ?? 'echo', backendRef: { name: backend ?? 'scripted' } },
      ...(rest.questionRef === undefined ? { question } : {}),
      ...rest,
    };
  }

  /** Creates an object of this namespace, or of the cluster, as its kind asks for. */
  async create(resource: ApiResource, object: KubeObject & Record<string, unknown>): Promise<void> {
    await this.client.kube.create(resource, object, resource.namespaced ? this.namespace : undefined);
  }

  /** Waits until a job has finished. */
  async finished(
    name: string,
    limitSeconds = finishSeconds,
  ): Promise<RuneJob & { status: NonNullable<RuneJob['status']> }> {
    const isFinished = (job: RuneJob | undefined) => isTrue(job?.status?.conditions, CONDITION.finished);
    const job = await this.until(name, isFinished, limitSeconds);
    return { ...job, status: job.status ?? {} };
  }

  /** Waits for something of a job. */
  async until(name: string, isReached: (job: RuneJob | undefined) => boolean, limitSeconds = 60): Promise<RuneJob> {
    const job = await this.client.until(RUNE_JOBS, name, this.namespace, isReached, limitSeconds);
    if (job === undefined) throw new Error(`RuneJob ${name} is not there`);
    return job;
  }

  /** Waits until an event with that reason tells of an object of this name. */
  async event(objectName: string, reason: string): Promise<CoreEvent> {
    const isMeant = ({ involvedObject, ...event }: CoreEvent) =>
      involvedObject.name === objectName && event.reason === reason;
    const signal = AbortSignal.timeout(eventSeconds * 1000);
    try {
      for await (const event of this.client.follow(EVENTS, this.namespace, signal)) if (isMeant(event)) return event;
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
    throw new Error(`no event ${reason} of ${objectName} within ${eventSeconds} s`);
  }

  /** What the scripted model served to a job, as it counted itself. */
  async served(name: string): Promise<Stats> {
    return await this.scripted.stats(this.#jobId(name));
  }

  #jobId(name: string): string {
    return `${this.namespace}.${name}`;
  }
}

function ours(): Record<string, string> {
  const { checkoutId, runId } = inject('e2e');
  return { [runLabel]: runId, [checkoutLabel]: checkoutId };
}
