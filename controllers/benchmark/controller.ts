import type { Logger } from 'pino';
import { EMERGENCY_STOP } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark, RuneRun, RuneSuite } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import { Controller, type ReconcileResult } from '../controller.ts';
import { emergencyStop } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError, isAlreadyExists, isNotFound } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { joinKey, keyOf, splitKey } from '../kube/key.ts';
import { type ConfigMap, type KubeObject, RUNE_BENCHMARKS, RUNE_RUNS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import type { Metrics } from '../metrics.ts';
import { OwnWrites } from '../own-writes.ts';
import { newRun, type Trigger } from './new-run.ts';
import { News } from './news.ts';
import { plan } from './plan.ts';
import { projectBenchmark } from './project.ts';
import { isNews } from './runs.ts';
import type { BenchmarkStatus } from './status.ts';
import { created, refused, type Story } from './stories.ts';

type Cache<T extends KubeObject> = Pick<Informer<T>, 'get' | 'by' | 'all' | 'onChange'>;

export type BenchmarkParts = {
  client: Pick<KubeClient, 'create' | 'patch' | 'patchStatus' | 'remove'>;
  benchmarks: Cache<RuneBenchmark>;
  /** Indexed by `namespace` and `benchmark`. */
  runs: Cache<RuneRun>;
  suites: Cache<RuneSuite>;
  agents: Cache<RuneAgent>;
  backends: Cache<RuneBackend>;
  /** Of the ConfigMap EMERGENCY_STOP in the operator's namespace alone. */
  stops: Pick<Informer<ConfigMap>, 'get' | 'onChange'>;
  /** The operator's own. */
  namespace: string;
  events: Pick<EventRecorder, 'record'>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** An index that the informer of RuneRuns must have. */
export const BENCHMARK_INDEXERS = {
  benchmark: ({ metadata, spec }: RuneRun) => [joinKey(metadata.namespace, spec.benchmarkRef.name)],
};

const WORKERS = 4;

/** The RuneBenchmark controller: runs by schedule and by change, their history, and what the newest one found. */
export function benchmarkController(parts: BenchmarkParts): Controller {
  const { logger, metrics, clock } = parts;
  const reconciler = new BenchmarkReconciler(parts);
  const reconcile = (key: string) => reconciler.reconcile(key);
  const controller = new Controller({ name: 'runebenchmark', workers: WORKERS, reconcile, logger, metrics, clock });
  enqueueChanges(parts, (key) => controller.enqueue(key));
  return controller;
}

/** Whatever may change what a benchmark should do next enqueues its key. */
export function enqueueChanges(parts: BenchmarkParts, enqueue: (key: string) => void): void {
  const { benchmarks, runs, suites, agents, backends, stops } = parts;
  const wake = (namespace: string | undefined) => {
    for (const one of benchmarks.all()) {
      if (namespace === undefined || one.metadata.namespace === namespace) enqueue(keyOf(one));
    }
  };
  benchmarks.onChange(({ object }) => enqueue(keyOf(object)));
  runs.onChange(({ type, object, old }) => {
    if (type !== 'modified' || isNews(old, object))
      enqueue(joinKey(object.metadata.namespace, object.spec.benchmarkRef.name));
  });
  for (const cache of [suites, agents, backends] as Cache<KubeObject>[]) {
    cache.onChange(({ object }) => wake(object.metadata.namespace));
  }
  stops.onChange(() => wake(undefined));
}

/** Looks at one RuneBenchmark, asks {@link plan} what to do, and does it. */
export class BenchmarkReconciler {
  readonly #parts: BenchmarkParts;
  readonly #own = new OwnWrites<RuneBenchmark>(projectBenchmark);
  readonly #news = new News();

  constructor(parts: BenchmarkParts) {
    this.#parts = parts;
  }

  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const { benchmarks, runs, suites, agents, backends, stops, clock } = this.#parts;
    const { namespace = '', name } = splitKey(key);
    const benchmark = this.#own.newest(key, benchmarks.get(namespace, name));
    if (benchmark === undefined || benchmark.metadata.deletionTimestamp !== undefined) {
      this.#news.forget(key);
      return undefined;
    }
    const observed = {
      benchmark,
      runs: runs.by('benchmark', key),
      neighbours: runs.by('namespace', namespace),
      catalogue: {
        suite: (suite: string) => suites.get(namespace, suite),
        agent: (agent: string) => agents.get(undefined, agent),
        backend: (backend: string) => backends.get(namespace, backend),
      },
      stop: emergencyStop(stops.get(this.#parts.namespace, EMERGENCY_STOP)),
    };
    const decided = plan(observed, clock.now().getTime());
    if (decided.createRun !== undefined) await this.#createRun(benchmark, decided.createRun);
    for (const run of decided.cancelRuns) await this.#cancelRun(namespace, run);
    await this.#writeStatus(key, benchmark, decided.status);
    for (const run of decided.deleteRuns) await this.#deleteRun(run);
    for (const story of this.#news.of(key, decided.stories)) this.#tell(benchmark, story);
    const after = decided.requeueAfterMilliseconds;
    return after === undefined ? undefined : { requeueAfterMilliseconds: after };
  }

  async #createRun(benchmark: RuneBenchmark, asked: Trigger): Promise<void> {
    const { client } = this.#parts;
    // The type is that of what is read, with the schema's defaults.
    const run = newRun(benchmark, asked) as RuneRun;
    try {
      await client.create(RUNE_RUNS, run, benchmark.metadata.namespace);
    } catch (error) {
      // By us, before the status could say so.
      if (isAlreadyExists(error)) return;
      if (error instanceof ApiError) this.#tell(benchmark, refused(run.metadata.name ?? '', error.message));
      throw error;
    }
    this.#tell(benchmark, created(run.metadata.name ?? '', asked));
  }

  async #cancelRun(namespace: string, name: string): Promise<void> {
    const uid = this.#parts.runs.get(namespace, name)?.metadata.uid;
    if (uid === undefined) return;
    await this.#parts.client
      .patch(RUNE_RUNS, name, namespace, { spec: { cancel: true } }, { uid })
      .catch(unlessNotFound);
  }

  async #deleteRun({ metadata }: RuneRun): Promise<void> {
    const { name = '', namespace, uid = '' } = metadata;
    await this.#parts.client.remove(RUNE_RUNS, name, namespace, { uid, propagationPolicy: 'Background' });
  }

  async #writeStatus(key: string, benchmark: RuneBenchmark, after: BenchmarkStatus): Promise<void> {
    const { name = '', namespace, resourceVersion = '' } = benchmark.metadata;
    const patch = mergePatch(benchmark.status ?? {}, after);
    if (patch === undefined) return;
    const written = await this.#parts.client.patchStatus(RUNE_BENCHMARKS, name, namespace, patch, resourceVersion);
    this.#own.remember(key, written);
  }

  #tell(benchmark: RuneBenchmark, { type, reason, message }: Story): void {
    this.#parts.events.record(benchmark, type, reason, message);
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
