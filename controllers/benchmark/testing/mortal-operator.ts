import type { Logger } from 'pino';
import type { RuneBenchmark, RuneRun } from '../../../crds/types.ts';
import type { Clock } from '../../clock.ts';
import type { Controller } from '../../controller.ts';
import type { KubeClient } from '../../kube/client.ts';
import {
  type ApiResource,
  type KubeObject,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_BENCHMARKS,
  RUNE_RUNS,
  RUNE_SUITES,
} from '../../kube/resource.ts';
import { Informer } from '../../kube/watch.ts';
import type { Metrics } from '../../metrics.ts';
import { BENCHMARK_INDEXERS, benchmarkController } from '../controller.ts';
import { projectBenchmark, projectSuite } from '../project.ts';

/** At which of its writes, from 1, an operator dies, and whether that one is made. */
export type Death = { write: number; when: 'before' | 'after' };

/** `clock` tells the time by which the benchmark acts; all else goes by the monotonic one. */
type Parts = { client: KubeClient; logger: Logger; metrics: Metrics; clock: Clock };

type Writes = Pick<KubeClient, 'create' | 'patch' | 'patchStatus' | 'remove'>;

/** The benchmark controller with caches of its own, in one namespace. From its death on it writes nothing. */
export class MortalOperator {
  isDead = false;
  readonly #death: Death | undefined;
  readonly #parts: Parts;
  readonly #informers: { start: () => void; stop: () => Promise<void>; synced: () => Promise<void> }[] = [];
  readonly #controller: Controller;
  #writes = 0;

  constructor(parts: Parts, namespace: string, death?: Death) {
    this.#death = death;
    this.#parts = parts;
    const benchmarks = this.#inform<RuneBenchmark>({ resource: RUNE_BENCHMARKS, namespace, project: projectBenchmark });
    const byNamespace = { namespace: ({ metadata }: RuneRun) => [metadata.namespace ?? ''] };
    this.#controller = benchmarkController({
      ...parts,
      client: this.#mortal(parts.client),
      benchmarks,
      runs: this.#inform({ resource: RUNE_RUNS, namespace, indexers: { ...BENCHMARK_INDEXERS, ...byNamespace } }),
      suites: this.#inform({ resource: RUNE_SUITES, namespace, project: projectSuite }),
      agents: this.#inform({ resource: RUNE_AGENTS }),
      backends: this.#inform({ resource: RUNE_BACKENDS, namespace }),
      stops: { get: () => undefined, onChange: () => undefined },
      namespace,
      events: { record: () => undefined },
    });
  }

  async start(): Promise<void> {
    for (const informer of this.#informers) informer.start();
    await Promise.all(this.#informers.map((informer) => informer.synced()));
    this.#controller.start();
  }

  /** In place of the timer: time goes on by leaps here. */
  wake(key: string): void {
    this.#controller.enqueue(key);
  }

  async stop(): Promise<void> {
    await this.#controller.stop(5_000);
    await Promise.all(this.#informers.map((informer) => informer.stop()));
    await this.#parts.client.transport.close();
  }

  #inform<T extends KubeObject>(choice: {
    resource: ApiResource<T>;
    namespace?: string;
    project?: (object: T) => T;
    indexers?: Record<string, (object: T) => string[]>;
  }): Informer<T> {
    const informer = new Informer<T>({ ...this.#parts, ...choice });
    this.#informers.push(informer);
    return informer;
  }

  #mortal(client: KubeClient): Writes {
    return {
      create: (...call) => this.#write(() => client.create(...call)),
      patch: (...call) => this.#write(() => client.patch(...call)),
      patchStatus: (...call) => this.#write(() => client.patchStatus(...call)),
      remove: (...call) => this.#write(() => client.remove(...call)),
    };
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    const isLast = ++this.#writes === this.#death?.write;
    if (this.isDead || (isLast && this.#death?.when === 'before')) return this.#die();
    const written = await write();
    return isLast ? this.#die() : written;
  }

  #die(): never {
    this.isDead = true;
    throw new Error('The operator was killed.');
  }
}
