import { runnerPod } from '../../../controllers/job/pod.ts';
import { PODS, RUNE_AGENTS, RUNE_BACKENDS, RUNE_JOBS, SECRETS } from '../../../controllers/kube/resource.ts';
import { SECRET_TYPE } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { AGENT, BACKEND, type BenchCluster, MODEL } from './cluster.ts';
import { BATCH_JOBS } from './resources.ts';

/** What can make a Pod of the runner's containers: RUNE, and what it is compared with. */
export type PeerName = 'Pod' | 'Job' | 'RuneJob' | 'RuneJob of a run';

const QUESTION = {
  prompt: 'Why does the Pod web restart again and again? Name the cause in one sentence.',
  expect: [{ name: 'cause', contains: { any: ['command', 'no such file'] } }],
};
const QUESTIONS_SECRET = 'questions';

/** Makes objects of all peers in a namespace. */
export class Peers {
  readonly #cluster: BenchCluster;
  readonly #namespace: string;
  readonly #podSpec: NonNullable<Pod['spec']>;

  private constructor(cluster: BenchCluster, namespace: string, podSpec: NonNullable<Pod['spec']>) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#podSpec = podSpec;
  }

  static async in(cluster: BenchCluster, namespace: string): Promise<Peers> {
    const { client } = cluster.admin;
    const data = { 'one.json': Buffer.from(JSON.stringify(QUESTION)).toString('base64') };
    const metadata = { name: QUESTIONS_SECRET, namespace };
    await client.create(SECRETS, { metadata, type: SECRET_TYPE.revision, immutable: true, data });
    const agent = await client.get(RUNE_AGENTS, AGENT);
    const backend = await client.get(RUNE_BACKENDS, BACKEND, namespace);
    if (agent === undefined || backend === undefined) throw new Error('the benchmark has no agent or no backend');
    const job = await client.create(RUNE_JOBS, runeJob(namespace, 'template', { suspend: true }));
    await client.remove(RUNE_JOBS, 'template', namespace);
    const settings = {
      runnerImage: 'runner',
      runnerImagePullPolicy: 'IfNotPresent',
      podTerminationGraceSeconds: 8,
    } as const;
    return new Peers(cluster, namespace, runnerPod(job, 1, agent, backend, settings).spec ?? { containers: [] });
  }

  async make(peer: PeerName, name: string): Promise<void> {
    const { client } = this.#cluster.admin;
    const metadata = { name, namespace: this.#namespace };
    switch (peer) {
      case 'Pod':
        await client.create(PODS, { metadata, spec: this.#podSpec });
        return;
      case 'Job':
        await this.job(name, { backoffLimit: 0 });
        return;
      case 'RuneJob':
        await client.create(RUNE_JOBS, runeJob(this.#namespace, name));
        return;
      case 'RuneJob of a run':
        await client.create(RUNE_JOBS, runeJobOfSecret(this.#namespace, name));
        return;
    }
  }

  /** A Job whose Pods have the runner's containers. */
  async job(name: string, spec: object): Promise<void> {
    const { activeDeadlineSeconds: _bound, ...podSpec } = this.#podSpec;
    const metadata = { name, namespace: this.#namespace };
    await this.#cluster.admin.client.create(BATCH_JOBS, { metadata, spec: { ...spec, template: { spec: podSpec } } });
  }
}

/** A RuneJob with its question inside. */
export function runeJob(namespace: string, name: string, spec: object = {}): RuneJob {
  return {
    metadata: { name, namespace },
    spec: {
      agent: { ref: { name: AGENT } },
      model: { name: MODEL, backendRef: { name: BACKEND } },
      question: QUESTION,
      ...spec,
    },
  } as RuneJob;
}

/** As a run makes them: the question lies in a Secret. */
function runeJobOfSecret(namespace: string, name: string): RuneJob {
  const { question: _question, ...spec } = runeJob(namespace, name).spec;
  const questionRef = { revision: QUESTIONS_SECRET, id: 'one' };
  return { metadata: { name, namespace }, spec: { ...spec, questionRef } } as RuneJob;
}
