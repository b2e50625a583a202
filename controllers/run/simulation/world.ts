import { pino } from 'pino';
import { caseAt } from '../../../crds/cases.ts';
import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { CONDITION, type Outcome } from '../../../crds/names.ts';
import { random } from '../../../crds/statistics/random.ts';
import type { RuneBackend, RuneJob, RuneRun } from '../../../crds/types.ts';
import { ApiError } from '../../kube/errors.ts';
import { RUNE_JOBS } from '../../kube/resource.ts';
// biome-ignore lint/style/noRestrictedImports: this is for tests only, too
import { statusViolations } from '../../testing/status-schema.ts';
import { shapeOf } from '../job-of-case.ts';
import { RunReconciler } from '../reconcile.ts';
import { sampleBackend } from './sample.ts';

/** How a job ends, by what it asks. */
export type Ending = {
  outcome: Outcome;
  costMicroUSD?: number;
  milliseconds?: number /** Costs of attempts before the last one. */;
  retries?: number[];
};

export type WorldOptions = {
  seed: number;
  run: RuneRun;
  frozen: FrozenRun;
  endingOf: (at: { cell: number; question: number; trial: number }) => Ending;
  /** How likely the operator is killed before, and after, each of its writes. */
  kill?: number;
  /** How likely a step deletes a RuneJob. */
  deletion?: number;
  maxConcurrentJobs?: number;
  /** A restart of the API server: a connection that is cut after the write took effect, and caches that list anew. */
  cut?: number;
  /** How likely the API server refuses a RuneJob. */
  refusal?: number;
  /** What a person does once so many jobs have finished; a stop is released after a while. */
  deed?: { kind: 'cancel' | 'stop'; afterJobs: number };
};

class Killed extends Error {}

/**
 * An API server in memory, a job controller that ends jobs as it is told, and an operator whose caches lag behind and
 * that is killed at its writes. Everything is drawn from the seed.
 */
export class World {
  readonly jobs = new Map<string, RuneJob>();
  /** How often each RuneJob was made. */
  readonly made = new Map<string, number>();
  /** Names of jobs that were deleted. */
  readonly deleted = new Set<string>();
  /** What all attempts of all jobs cost, whether or not anybody still knows. */
  spent = 0;
  kills = 0;
  /** The most jobs in progress at a time. */
  mostOpen = 0;
  largestStatus = 0;
  run: RuneRun;
  readonly #options: WorldOptions;
  readonly #next: () => number;
  readonly #cache = new Map<string, RuneJob>();
  #events: { type: 'added' | 'modified' | 'deleted'; object: RuneJob }[] = [];
  #operator: RunReconciler;
  #version = 1;
  #isStopped = false;
  #wasDone = false;
  #now = Date.parse('2026-11-25T00:00:00Z');

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#next = random(options.seed);
    this.run = options.run;
    this.#operator = this.#start();
  }

  get isFinished(): boolean {
    return this.run.status?.completionTime !== undefined;
  }

  /** Lives until the run has finished. @throws Error when it does not come to its end */
  async live(): Promise<void> {
    for (let step = 0; !this.isFinished; step++) {
      if (step > 40_000) throw new Error(`seed ${this.#options.seed}: the run does not end`);
      await this.#step();
    }
    // What is on its way arrives, and nothing changes any more.
    const before = JSON.stringify(this.run.status);
    this.#deliver(this.#events.length);
    await this.#reconcile();
    if (JSON.stringify(this.run.status) !== before) throw new Error('a finished run changed');
  }

  async #step(): Promise<void> {
    this.#now += Math.floor(this.#next() * 700);
    this.#actAsPerson();
    if (this.#next() < (this.#options.cut ?? 0)) this.#relist();
    const chance = this.#next();
    if (chance < 0.4) this.#endOne();
    else if (chance < 0.4 + (this.#options.deletion ?? 0)) this.#deleteOne();
    else if (chance < 0.6) this.#deliver(Math.ceil(this.#next() * 8));
    else await this.#reconcile();
    this.mostOpen = Math.max(this.mostOpen, [...this.jobs.values()].filter(isOpen).length);
  }

  #actAsPerson(): void {
    const { deed } = this.#options;
    const isFelt = this.run.status?.summary?.state === 'Stopping' || this.#hasStopped();
    if (this.#isStopped && isFelt && this.#next() < 0.1) this.#isStopped = false;
    const finished = [...this.jobs.values()].filter((job) => !isOpen(job)).length;
    if (deed === undefined || this.#wasDone || finished < deed.afterJobs) return;
    this.#wasDone = true;
    if (deed.kind === 'stop') this.#isStopped = true;
    else {
      const metadata = { ...this.run.metadata, resourceVersion: String(this.#version++) };
      this.run = { ...this.run, metadata, spec: { ...this.run.spec, cancel: true } };
    }
  }

  #hasStopped(): boolean {
    return [...this.jobs.values()].some(({ status }) => status?.outcome === 'Stopped');
  }

  async #reconcile(): Promise<void> {
    try {
      await this.#operator.reconcile(`${this.run.metadata.namespace}/${this.run.metadata.name}`);
    } catch (error) {
      if (error instanceof Killed) this.#operator = this.#start();
      else if (!(error instanceof ApiError)) throw error;
    }
  }

  /** A new process: its caches are filled before it works. */
  #start(): RunReconciler {
    this.#cache.clear();
    for (const [name, job] of this.jobs) this.#cache.set(name, job);
    this.#events = [];
    const { frozen, maxConcurrentJobs = 100 } = this.#options;
    const backend: RuneBackend = sampleBackend(maxConcurrentJobs);
    const none = { get: () => undefined, by: () => [] };
    return new RunReconciler({
      client: this.#client(),
      runs: { get: () => this.run, by: () => [this.run] },
      jobs: { get: (_namespace, name) => this.#cache.get(name), by: () => [...this.#cache.values()] },
      agents: none,
      backends: { get: () => backend, by: () => [] },
      archivePods: none,
      settings: { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' },
      freezer: {
        prepare: async () => {
          throw new Error('it has started');
        },
        commit: async () => ({ kind: 'frozen', frozen, secrets: [] }),
        load: async () => frozen,
        forget: () => undefined,
      },
      events: { record: () => undefined },
      stop: () => (this.#isStopped ? { reason: 'a test', release: 'It is released by the test.' } : undefined),
      logger: pino({ level: 'silent' }),
      clock: { now: () => new Date(this.#now), monotonic: () => this.#now },
    });
  }

  #client(): ConstructorParameters<typeof RunReconciler>[0]['client'] {
    const write = async <T>(act: () => T): Promise<T> => {
      this.#mayKill();
      const result = act();
      this.#mayKill();
      if (this.#next() < (this.#options.cut ?? 0)) throw new ApiError(503, 'ServiceUnavailable', 'cut');
      return structuredClone(result);
    };
    return {
      get: async (_resource, name) => structuredClone(this.jobs.get(name)) as never,
      create: async (resource, object) => (await write(() => this.#create(resource.kind, object as never))) as never,
      patch: async (_resource, name) => (await write(() => this.#cancel(name))) as never,
      patchStatus: async (_resource, _name, _namespace, status, version) =>
        (await write(() => this.#patchRun(status, version))) as never,
      remove: async () => undefined,
      removeAll: async () => undefined,
    };
  }

  #mayKill(): void {
    if (this.#next() >= (this.#options.kill ?? 0)) return;
    this.kills++;
    throw new Killed();
  }

  #create(kind: string, object: RuneJob): RuneJob {
    if (kind !== RUNE_JOBS.kind) throw new Error(`${kind} is not made here`);
    const name = object.metadata.name ?? '';
    if (this.#next() < (this.#options.refusal ?? 0)) throw new ApiError(403, 'Forbidden', 'exceeded quota');
    if (this.jobs.has(name)) throw new ApiError(409, 'AlreadyExists', 'it exists');
    this.made.set(name, (this.made.get(name) ?? 0) + 1);
    const metadata = {
      ...object.metadata,
      uid: `${name}-${this.made.get(name)}`,
      resourceVersion: String(this.#version++),
    };
    const job = { ...object, metadata, spec: { ...object.spec, suspend: false, cancel: false } } as RuneJob;
    this.jobs.set(name, job);
    this.#events.push({ type: 'added', object: job });
    return job;
  }

  #cancel(name: string): RuneJob {
    const job = this.jobs.get(name);
    if (job === undefined) throw new ApiError(404, 'NotFound', 'it is gone');
    return this.#change({ ...job, spec: { ...job.spec, cancel: true } });
  }

  #patchRun(status: object, version: string): RuneRun {
    if (version !== this.run.metadata.resourceVersion) throw new ApiError(409, 'Conflict', 'it changed');
    const resourceVersion = String(this.#version++);
    const merged = merge(this.run.status ?? {}, status) as RuneRun['status'] & object;
    this.largestStatus = Math.max(this.largestStatus, JSON.stringify(merged).length);
    const [violation] = this.#options.seed % 10 === 0 ? statusViolations('RuneRun', merged) : [];
    if (violation !== undefined) throw new ApiError(422, 'Invalid', violation);
    this.run = { ...this.run, metadata: { ...this.run.metadata, resourceVersion }, status: merged };
    return this.run;
  }

  /** A job goes a step on: it is asked, tried again, or ends. */
  #endOne(): void {
    const open = [...this.jobs.values()].filter(isOpen);
    const job = open[Math.floor(this.#next() * open.length)];
    if (job === undefined) return;
    if (!job.spec.cancel && !isAsked(job)) {
      // Nothing begins while an emergency stop is in force.
      if (!this.#isStopped) this.#ask(job);
      return;
    }
    if (this.#isStopped && !job.spec.cancel) {
      this.#change({ ...job, status: finished(job, { outcome: 'Stopped', costMicroUSD: 0 }, this.#now) });
      return;
    }
    const index = Number(job.metadata.name?.slice((this.run.metadata.name?.length ?? 0) + 1));
    const ending = this.#options.endingOf(caseAt(index, shapeOf(this.#options.frozen)));
    const done = job.status?.attempts?.length ?? 0;
    const retry = ending.retries?.[done - 1];
    if (retry !== undefined && !job.spec.cancel) return void this.#retry(job, retry);
    const cost = ending.costMicroUSD ?? 0;
    this.spent += cost;
    this.#change({ ...job, status: finished(job, ending, this.#now) });
  }

  #ask(job: RuneJob): void {
    const before = job.status?.attempts ?? [];
    const attempts = [...before, { number: before.length + 1, podName: 'p', startTime: '' }];
    this.#change({ ...job, status: { ...job.status, observedGeneration: 1, attempts } });
  }

  #retry(job: RuneJob, cost: number): void {
    this.spent += cost;
    const attempts = closed(job, 'InfraError', cost);
    const costMicroUSD = (job.status?.costMicroUSD ?? 0) + cost;
    this.#change({
      ...job,
      status: { ...job.status, observedGeneration: 1, attempts, costMicroUSD, retries: attempts.length },
    });
  }

  #deleteOne(): void {
    const jobs = [...this.jobs.values()];
    const job = jobs[Math.floor(this.#next() * jobs.length)];
    const name = job?.metadata.name;
    if (job === undefined || name === undefined) return;
    this.jobs.delete(name);
    this.deleted.add(name);
    // Its Pod costs what it had cost by then, and nobody will tell.
    if (isOpen(job))
      this.spent +=
        this.#options.endingOf(caseAt(Number(name.split('-').at(-1)), shapeOf(this.#options.frozen))).costMicroUSD ?? 0;
    this.#events.push({ type: 'deleted', object: job });
  }

  #change(job: RuneJob): RuneJob {
    const changed = { ...job, metadata: { ...job.metadata, resourceVersion: String(this.#version++) } };
    this.jobs.set(job.metadata.name ?? '', changed);
    this.#events.push({ type: 'modified', object: changed });
    return changed;
  }

  /** Watches were cut, and what happened meanwhile is not told one by one. */
  #relist(): void {
    this.#events = [];
    const gone = [...this.#cache.values()].filter((job) => !this.jobs.has(job.metadata.name ?? ''));
    this.#events.push(...gone.map((object) => ({ type: 'deleted' as const, object })));
    for (const [name, object] of this.jobs) {
      if (this.#cache.get(name) !== object)
        this.#events.push({ type: this.#cache.has(name) ? 'modified' : 'added', object });
    }
    this.#deliver(this.#events.length);
  }

  #deliver(count: number): void {
    for (const event of this.#events.splice(0, count)) {
      const name = event.object.metadata.name ?? '';
      if (event.type === 'deleted') this.#cache.delete(name);
      else this.#cache.set(name, event.object);
      this.#operator.observe({ ...event, object: event.object } as never);
    }
  }
}

function finished(job: RuneJob, ending: Ending, now: number): RuneJob['status'] & object {
  const { outcome, costMicroUSD, milliseconds } = ending;
  const isCancelled = job.spec.cancel;
  const time = new Date(now).toISOString();
  return {
    ...job.status,
    observedGeneration: 1,
    attempts: closed(job, isCancelled ? 'Cancelled' : outcome, costMicroUSD),
    outcome: isCancelled ? 'Cancelled' : outcome,
    completionTime: time,
    usage: { inputTokens: 100, outputTokens: 10, modelCalls: 1 },
    ...(costMicroUSD === undefined ? {} : { costMicroUSD: (job.status?.costMicroUSD ?? 0) + costMicroUSD }),
    ...(milliseconds === undefined ? {} : { timings: { agentMilliseconds: milliseconds } }),
    conditions: [{ type: CONDITION.finished, status: 'True', reason: outcome, message: '', lastTransitionTime: time }],
  };
}

/** The attempts, with the one in progress ended. */
function closed({ status }: RuneJob, outcome: Outcome, costMicroUSD: number | undefined) {
  const cost = costMicroUSD === undefined ? {} : { costMicroUSD };
  return (status?.attempts ?? []).map((one) => (one.outcome === undefined ? { ...one, outcome, ...cost } : one));
}

function isAsked({ status }: RuneJob): boolean {
  const last = status?.attempts?.at(-1);
  return last !== undefined && last.outcome === undefined;
}

function isOpen({ status }: RuneJob): boolean {
  return status?.outcome === undefined;
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  const merged = base as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}
