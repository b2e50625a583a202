import type { Logger } from 'pino';
import { EMERGENCY_STOP } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark, RuneRun, RuneSuite } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import { Controller, type ReconcileResult } from '../controller.ts';
import { emergencyStop } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists, isNotFound } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { joinKey, keyOf, splitKey } from '../kube/key.ts';
import { type ConfigMap, type KubeObject, RUNE_BENCHMARKS, RUNE_RUNS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import type { Metrics } from '../metrics.ts';
import { OwnWrites } from '../own-writes.ts';
import { newRun, type Trigger } from './new-run.ts';
import { plan } from './plan.ts';
import { projectBenchmark } from './project.ts';

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
  runs.onChange(({ object }) => enqueue(joinKey(object.metadata.namespace, object.spec.benchmarkRef.name)));
  for (const cache of [suites, agents, backends] as Cache<KubeObject>[]) {
    cache.onChange(({ object }) => wake(object.metadata.namespace));
  }
  stops.onChange(() => wake(undefined));
}

/** Looks at one RuneBenchmark, asks {@link plan} what to do, and does it. */
export class BenchmarkReconciler {
  readonly #parts: BenchmarkParts;
  readonly #own = new OwnWrites<RuneBenchmark>(projectBenchmark);

  constructor(parts: BenchmarkParts) {
    this.#parts = parts;
  }

  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const { benchmarks, runs, suites, agents, backends, stops, clock, events } = this.#parts;
    const { namespace = '', name } = splitKey(key);
    const benchmark = this.#own.newest(key, benchmarks.get(namespace, name));
    if (benchmark === undefined || benchmark.metadata.deletionTimestamp !== undefined) return undefined;
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
    for (const run of decided.deleteRuns) await this.#deleteRun(run);
    const written = await this.#writeStatus(key, benchmark, decided.status);
    for (const { type, reason, message } of decided.stories) events.record(written, type, reason, message);
    const after = decided.requeueAfterMilliseconds;
    return after === undefined ? undefined : { requeueAfterMilliseconds: after };
  }

  async #createRun(benchmark: RuneBenchmark, asked: Trigger): Promise<void> {
    try {
      // The type is that of what is read, with the schema's defaults.
      await this.#parts.client.create(RUNE_RUNS, newRun(benchmark, asked) as RuneRun, benchmark.metadata.namespace);
    } catch (error) {
      // By us, before the status could say so.
      if (!isAlreadyExists(error)) throw error;
    }
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

  async #writeStatus(key: string, benchmark: RuneBenchmark, after: RuneBenchmark['status']): Promise<RuneBenchmark> {
    const { name = '', namespace, resourceVersion = '' } = benchmark.metadata;
    const patch = mergePatch(benchmark.status ?? {}, after ?? {});
    if (patch === undefined) return benchmark;
    const written = await this.#parts.client.patchStatus(RUNE_BENCHMARKS, name, namespace, patch, resourceVersion);
    this.#own.remember(key, written);
    return written;
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
