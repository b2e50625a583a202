import { isFinished } from '../../../controllers/job/attempts.ts';
import { RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import type { Informer } from '../../../controllers/kube/watch.ts';
import type { RuneJob } from '../../../crds/types.ts';
import type { JobChoice, JobSpec, Scene } from '../scene.ts';
import { type Admin, connectAdmin } from './admin.ts';
import { until } from './until.ts';

export type Seen = { job: RuneJob; millisecondsAfterCreation: number };

/** How long a job of a test may take in all, on a busy machine. */
const FINISH_SECONDS = 150;

/** All that a watch saw of the jobs of a scene, with when it saw it. */
export class JobHistory {
  readonly jobs: Informer<RuneJob>;
  readonly admin: Admin;
  readonly #scene: Scene;
  readonly #createdAt = new Map<string, number>();
  readonly #seen = new Map<string, { job: RuneJob; at: number }[]>();

  private constructor(scene: Scene, admin: Admin, jobs: Informer<RuneJob>) {
    this.#scene = scene;
    this.admin = admin;
    this.jobs = jobs;
    jobs.onChange(({ object }) => {
      const name = object.metadata.name ?? '';
      this.#seen.set(name, [...(this.#seen.get(name) ?? []), { job: object, at: performance.now() }]);
    });
  }

  static async of(scene: Scene): Promise<JobHistory> {
    const admin = connectAdmin(scene.kubectl.kubeconfig);
    const jobs = await admin.informer({ resource: RUNE_JOBS, namespace: scene.namespace });
    return new JobHistory(scene, admin, jobs);
  }

  async stop(): Promise<void> {
    await this.admin.stop();
  }

  /** Makes a job of the scene. Its time counts from before the request is sent. */
  async create(name: string, choice: JobChoice, changes: Partial<JobSpec> = {}): Promise<void> {
    const spec = { ...this.#scene.jobSpec(name, choice), ...changes };
    this.#createdAt.set(name, performance.now());
    await this.#scene.create(RUNE_JOBS, { metadata: { name }, spec });
  }

  async patch(name: string, spec: Partial<RuneJob['spec']>): Promise<void> {
    await this.admin.client.patch(RUNE_JOBS, name, this.#scene.namespace, { spec }, {});
  }

  /** The first state of the job that is as wanted, past ones included. */
  async until(name: string, awaited: string, is: (job: RuneJob) => boolean, limitSeconds = 60): Promise<Seen> {
    const look = () => this.#seen.get(name)?.find(({ job }) => is(job));
    try {
      const { job, at } = await until([this.jobs], `RuneJob ${name}: ${awaited}`, look, limitSeconds);
      return { job, millisecondsAfterCreation: at - (this.#createdAt.get(name) ?? 0) };
    } catch (cause) {
      throw new Error(`${awaited}; ${name} is ${JSON.stringify(this.#seen.get(name)?.at(-1)?.job.status)}`, { cause });
    }
  }

  /** The status of a job that has finished. Goes on over restarts of the API server. */
  async finished(name: string): Promise<NonNullable<RuneJob['status']>> {
    return (await this.until(name, 'finished', isFinished, FINISH_SECONDS)).job.status ?? {};
  }

  /** Resolves when the job is as wanted now. */
  async untilNow(name: string, awaited: string, is: (job: RuneJob) => boolean): Promise<void> {
    const look = () => {
      const job = this.jobs.get(this.#scene.namespace, name);
      return job !== undefined && is(job) ? job : undefined;
    };
    await until([this.jobs], `RuneJob ${name}: ${awaited}`, look);
  }

  /** The different results that a job had after it had finished: one, if all is well. */
  async ends(name: string): Promise<string[]> {
    await this.finished(name);
    const finished = (this.#seen.get(name) ?? []).filter(({ job }) => isFinished(job));
    const results = finished.map(({ job: { status } }) => [status?.outcome, status?.attempt, status?.answer?.excerpt]);
    return [...new Set(results.map((result) => JSON.stringify(result)))];
  }
}

export function condition(job: Pick<RuneJob, 'status'>, type: string) {
  return job.status?.conditions?.find((one) => one.type === type);
}
