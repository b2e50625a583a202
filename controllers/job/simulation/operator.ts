import pino from 'pino';
import { EMERGENCY_STOP } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import { emergencyStop } from '../../emergency-stop.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ConnectionError } from '../../kube/errors.ts';
import { joinKey, keyOf } from '../../kube/key.ts';
import {
  type ApiResource,
  CONFIG_MAPS,
  type ConfigMap,
  type CoreEvent,
  EVENTS,
  type KubeObject,
  PODS,
  RUNE_AGENTS,
  RUNE_BACKENDS,
  RUNE_JOBS,
} from '../../kube/resource.ts';
import type { Change } from '../../kube/watch.ts';
import { createMetrics } from '../../metrics.ts';
import { POD_INDEXERS, POD_WARNING_INDEXERS, wire } from '../controller.ts';
import { projectJob } from '../project.ts';
import type { JobReconciler } from '../reconcile.ts';
import type { ApiServer } from './api-server.ts';
import type { Random } from './random.ts';

export const SETTINGS = {
  runnerImage: 'rune',
  runnerImagePullPolicy: 'IfNotPresent' as const,
  podTerminationGraceSeconds: 8,
  podRetentionSeconds: 600,
  retryBackoffSeconds: 10,
  retryBackoffMaxSeconds: 360,
  maxRunnerPods: 3,
  namespace: 'rune-system',
};

const metrics = createMetrics();
const logger = pino({ level: 'silent' });

/** A cache that lags: it takes in one entry of the log at a time, when the schedule says so. */
class LaggingCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  #cursor = 0;
  readonly #server: ApiServer;
  readonly #resource: ApiResource<T>;
  readonly #indexers: Record<string, (object: T) => string[]>;
  readonly #project: (object: T) => T;

  constructor(
    server: ApiServer,
    resource: ApiResource<T>,
    indexers: Record<string, (object: T) => string[]> = {},
    project: (object: T) => T = (object) => object,
  ) {
    this.#server = server;
    this.#resource = resource;
    this.#indexers = indexers;
    this.#project = project;
  }

  list(): void {
    this.#cursor = this.#log().length;
    for (const object of this.#server.all(this.#resource)) this.#take({ type: 'added', object: this.#project(object) });
  }

  get hasNews(): boolean {
    return this.#cursor < this.#log().length;
  }

  deliver(): void {
    const entry = this.#log()[this.#cursor++];
    if (entry !== undefined) this.#take({ type: entry.type, object: this.#project(entry.object as T) });
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(joinKey(namespace, name));
  }

  by(index: string, value: string): T[] {
    return [...this.#objects.values()].filter((object) => this.#indexers[index]?.(object).includes(value));
  }

  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  #take(change: Change<T>): void {
    const key = keyOf(change.object);
    if (change.type === 'deleted') this.#objects.delete(key);
    else this.#objects.set(key, change.object);
    for (const handler of this.#handlers) handler(change);
  }

  #log() {
    return this.#server.log.get(this.#resource.plural) ?? [];
  }
}

type Call = {
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  isWrite: boolean;
};

/** One life of an operator process: fresh caches, the real reconciler, and API calls that end when the schedule says so. */
export class SimulatedOperator {
  readonly #server: ApiServer;
  readonly #random: Random;
  readonly #reconciler: JobReconciler;
  readonly #stops: LaggingCache<ConfigMap>;
  readonly #caches: readonly LaggingCache<never>[];
  readonly #due = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, number>();
  /** How often the answer to a call is lost: rarely in one life, often in another. */
  readonly #lossRate: number;
  #calls: Call[] = [];
  /** After the chaos no call fails without the server's doing. */
  isKind = false;

  constructor(server: ApiServer, random: Random) {
    this.#server = server;
    this.#random = random;
    this.#lossRate = random.pick([0, 0.03, 0.25]);
    const jobs = new LaggingCache(server, RUNE_JOBS, {}, projectJob);
    const pods = new LaggingCache<Pod>(server, PODS, POD_INDEXERS);
    const agents = new LaggingCache(server, RUNE_AGENTS);
    const backends = new LaggingCache(server, RUNE_BACKENDS);
    const podWarnings = new LaggingCache<CoreEvent>(server, EVENTS, POD_WARNING_INDEXERS);
    this.#stops = new LaggingCache(server, CONFIG_MAPS);
    const clock = { now: () => new Date(server.now), monotonic: () => server.now };
    const parts = {
      jobs,
      pods,
      agents,
      backends,
      podWarnings,
      stops: this.#stops,
      clock,
      metrics,
      logger,
      config: SETTINGS,
    };
    const client = this.#client();
    this.#reconciler = wire({ ...parts, client, events: { record: () => undefined } }, (key) => this.#enqueue(key, 0));
    this.#caches = [this.#stops, agents, backends, pods, podWarnings, jobs] as unknown as LaggingCache<never>[];
    for (const cache of this.#caches) cache.list();
  }

  /** Something to do, by name; the schedule picks one and calls `act`. */
  choices(): ('deliver' | 'call' | 'reconcile')[] {
    const isDue = [...this.#due].some(([key, time]) => time <= this.#server.now && !this.#busy.has(key));
    return [
      ...(this.#caches.some((cache) => cache.hasNews) ? (['deliver'] as const) : []),
      ...(this.#calls.length > 0 ? (['call'] as const) : []),
      ...(isDue && this.#busy.size < 3 ? (['reconcile'] as const) : []),
    ];
  }

  act(choice: 'deliver' | 'call' | 'reconcile'): void {
    if (choice === 'deliver') this.#random.pick(this.#caches.filter((cache) => cache.hasNews)).deliver();
    else if (choice === 'call') this.#finishCall();
    else this.#startReconcile();
  }

  /** Nothing is to be tried again after a failure. */
  get isSettled(): boolean {
    return this.#failures.size === 0;
  }

  /** What it must never do, and did. */
  violation: string | undefined;

  /** It knows of an emergency stop. */
  get isStopped(): boolean {
    return emergencyStop(this.#stops.get(SETTINGS.namespace, EMERGENCY_STOP)) !== undefined;
  }

  /** When the next delayed key is due. */
  nextDueTime(): number {
    return Math.min(...this.#due.values());
  }

  /** The process is killed. Of the writes on their way each may still reach the server, or not. */
  kill(): void {
    for (const call of this.#calls) {
      if (call.isWrite && this.#random.chance(0.5)) attempt(call.run);
    }
    this.#calls = [];
    this.#due.clear();
  }

  #enqueue(key: string, afterMilliseconds: number): void {
    const time = this.#server.now + afterMilliseconds;
    this.#due.set(key, Math.min(time, this.#due.get(key) ?? Number.POSITIVE_INFINITY));
  }

  #startReconcile(): void {
    const ready = [...this.#due].filter(([key, time]) => time <= this.#server.now && !this.#busy.has(key));
    const [key] = this.#random.pick(ready);
    this.#due.delete(key);
    this.#busy.add(key);
    this.#reconciler
      .reconcile(key)
      .then(
        (result) => {
          this.#failures.delete(key);
          const after = result?.requeueAfterMilliseconds;
          if (after !== undefined) this.#enqueue(key, after);
        },
        () => {
          const failures = (this.#failures.get(key) ?? 0) + 1;
          this.#failures.set(key, failures);
          this.#enqueue(key, Math.min(5 * 2 ** failures, 300_000));
        },
      )
      .finally(() => this.#busy.delete(key));
  }

  #finishCall(): void {
    const index = this.#random.below(this.#calls.length);
    const [call] = this.#calls.splice(index, 1);
    if (call === undefined) return;
    const isLost = !this.isKind && this.#random.chance(this.#lossRate);
    const wasApplied = !isLost || this.#random.chance(0.5);
    const result = wasApplied ? attempt(call.run) : { value: undefined };
    if (isLost) call.reject(new ConnectionError('connection lost', true, {}));
    else if ('error' in result) call.reject(result.error);
    else call.resolve(result.value);
  }

  #client(): Pick<KubeClient, 'get' | 'create' | 'patch' | 'patchStatus' | 'remove'> {
    const server = this.#server;
    return {
      get: (resource, name, namespace) => this.#call(false, () => server.get(resource, name, namespace)),
      create: async (resource, object, _namespace, options) => {
        options?.beforeSend?.();
        if (resource.kind === PODS.kind && this.isStopped) this.violation = 'a Pod was created during a stop';
        return await this.#call(true, () => server.create(resource, object));
      },
      patch: (resource, name, namespace, patch, preconditions) =>
        this.#call(true, () => server.patch(resource, name, namespace, patch, preconditions)),
      patchStatus: (resource, name, namespace, status, resourceVersion) =>
        this.#call(true, () => server.patch(resource, name, namespace, { status }, { resourceVersion })),
      remove: (resource, name, namespace, options) =>
        this.#call(true, () => server.remove(resource, name, namespace, options)),
    };
  }

  #call<T>(isWrite: boolean, run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#calls.push({ run, resolve: resolve as (value: unknown) => void, reject, isWrite });
    });
  }
}

function attempt(run: () => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
