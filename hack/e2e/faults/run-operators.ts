import { pino } from 'pino';
import { systemClock } from '../../../controllers/clock.ts';
import { Controller } from '../../../controllers/controller.ts';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { ConnectionError } from '../../../controllers/kube/errors.ts';
import {
  type ApiResource,
  type ConfigMap,
  type KubeObject,
  RUNE_BENCHMARKS,
  RUNE_JOBS,
  RUNE_RUNS,
  RUNE_SUITES,
} from '../../../controllers/kube/resource.ts';
import { type Change, Informer, type InformerOptions } from '../../../controllers/kube/watch.ts';
import { createMetrics } from '../../../controllers/metrics.ts';
import {
  RUN_INDEXERS,
  RUN_JOB_INDEXERS,
  type RunControllerParts,
  wireRuns,
} from '../../../controllers/run/controller.ts';
import type { RuneAgent, RuneBackend } from '../../../crds/types.ts';

/** The `nth` write (from 1) of this kind is the last thing that the first operator does. */
export type Kill = { step: string; nth: number; when: 'before' | 'after' };

/** The agent and the backend of all cells; they need not be on the server. */
type Catalogue = { agent: RuneAgent; backend: RuneBackend };
type Client = RunControllerParts['client'];
type Story = { about: string; type: string; reason: string; message: string };

/** Run controllers on a real API server, for one namespace: when one is killed at one of its writes, another one begins. */
export class RunOperators {
  /** What each write was: `POST runejobs`, `status Running`. */
  readonly steps: string[] = [];
  /** How often each RuneJob was made. */
  readonly made = new Map<string, number>();
  readonly told: Story[] = [];
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #catalogue: Catalogue;
  readonly #kill: Kill | undefined;
  readonly #ended: Promise<void>[] = [];
  #current: { stop: () => Promise<void> } | undefined;
  #stopMap: ConfigMap | undefined;
  #onStopChange: (change: Change<ConfigMap>) => void = () => undefined;
  #isOver = false;
  isKilled = false;

  constructor(client: KubeClient, namespace: string, catalogue: Catalogue, kill?: Kill) {
    this.#client = client;
    this.#namespace = namespace;
    this.#catalogue = catalogue;
    this.#kill = kill;
  }

  async start(): Promise<void> {
    this.#current = await this.#begin();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#ended);
    await this.#current?.stop();
  }

  /** Lets the emergency stop begin or end. */
  setStop(active: boolean): void {
    this.#stopMap = {
      metadata: { name: 'rune-emergency-stop', namespace: 'rune-system' },
      data: { active: `${active}` },
    };
    this.#onStopChange({ type: 'modified', object: this.#stopMap });
  }

  async #begin() {
    const parts = {
      client: this.#client,
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
      clock: systemClock,
    };
    const informers: Informer<KubeObject>[] = [];
    const inform = <T extends KubeObject>(resource: ApiResource<T>, more: Partial<InformerOptions<T>> = {}) => {
      const informer = new Informer({ ...parts, resource, namespace: this.#namespace, ...more });
      informers.push(informer as unknown as Informer<KubeObject>);
      return informer;
    };
    const caches = {
      runs: inform(RUNE_RUNS, { indexers: RUN_INDEXERS }),
      jobs: inform(RUNE_JOBS, { indexers: RUN_JOB_INDEXERS }),
      benchmarks: inform(RUNE_BENCHMARKS),
      suites: inform(RUNE_SUITES),
      agents: always(this.#catalogue.agent),
      backends: always(this.#catalogue.backend),
      archivePods: always<never>(),
      stops: {
        get: () => this.#stopMap,
        onChange: (handler: (change: Change<ConfigMap>) => void) => {
          this.#onStopChange = handler;
        },
      },
    };
    const life = { isDead: false };
    const reconciler = wireRuns(
      {
        ...parts,
        ...caches,
        client: this.#mortal(life, () => this.#ended.push(this.#succeed())),
        settings: { runnerImage: 'rune', runnerImagePullPolicy: 'IfNotPresent' },
        namespace: 'rune-system',
        events: {
          record: ({ metadata }, type, reason, message) => {
            if (!life.isDead) this.told.push({ about: metadata.name ?? '', type, reason, message });
          },
        },
      },
      (key) => controller.enqueue(key),
    );
    const controller: Controller = new Controller({
      ...parts,
      name: 'runerun',
      workers: 4,
      reconcile: (key) => reconciler.reconcile(key),
    });
    for (const informer of informers) informer.start();
    await Promise.all(informers.map((informer) => informer.synced()));
    controller.start();
    const stop = async () => {
      await controller.stop(5_000);
      await Promise.all(informers.map((informer) => informer.stop()));
    };
    return { stop };
  }

  async #succeed(): Promise<void> {
    const dead = this.#current;
    this.#current = undefined;
    if (!this.#isOver) this.#current = await this.#begin();
    await dead?.stop();
  }

  /** A client that does nothing any more once it was killed, and hears no answers either. */
  #mortal(life: { isDead: boolean }, onDeath: () => void): Client {
    const client = this.#client;
    const die = (): never => {
      if (!life.isDead) onDeath();
      life.isDead = true;
      throw new ConnectionError('killed', true, {});
    };
    const write = async <T>(step: string, act: () => Promise<T>): Promise<T> => {
      if (life.isDead) die();
      this.steps.push(step);
      const nth = this.steps.filter((one) => one === step).length;
      const isLast = !this.isKilled && step === this.#kill?.step && nth === this.#kill.nth;
      if (isLast) this.isKilled = true;
      if (isLast && this.#kill?.when === 'before') die();
      const result = await act();
      if (isLast || life.isDead) die();
      return result;
    };
    return {
      get: (...args: Parameters<Client['get']>) => (life.isDead ? die() : client.get(...args)),
      create: (resource: ApiResource, object: KubeObject, ...more: never[]) =>
        write(`POST ${resource.plural}`, async () => {
          const made = await client.create(resource, object, ...more);
          if (resource.plural === RUNE_JOBS.plural) this.#count(made.metadata.name ?? '');
          return made;
        }),
      patch: (...args: Parameters<Client['patch']>) => write(`PATCH ${args[0].plural}`, () => client.patch(...args)),
      patchStatus: (...args: Parameters<Client['patchStatus']>) =>
        write(`status ${stateOf(args[3])}`, () => client.patchStatus(...args)),
      remove: (...args: Parameters<Client['remove']>) =>
        write(`DELETE ${args[0].plural}`, () => client.remove(...args)),
      removeAll: (...args: Parameters<Client['removeAll']>) =>
        write(`DELETE all ${args[0].plural}`, () => client.removeAll(...args)),
    } as Client;
  }

  #count(name: string): void {
    this.made.set(name, (this.made.get(name) ?? 0) + 1);
  }
}

/** The run's own word for where it is, if the write changes it. */
function stateOf(status: { summary?: { state?: string } } & object): string {
  return status.summary?.state ?? 'goes on';
}

/** A cache that holds one object under any name, and never changes. */
function always<T extends KubeObject>(object?: T) {
  const all = () => (object === undefined ? [] : [object]);
  return { get: () => object, by: all, all, onChange: () => undefined };
}
