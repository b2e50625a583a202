import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { KubeClient } from './client.ts';
import type { ApiResource, KubeObject } from './resource.ts';

export type Change<T> = { type: 'added' | 'modified' | 'deleted'; object: T; old?: T };

export type InformerOptions<T extends KubeObject> = {
  client: KubeClient;
  resource: ApiResource<T>;
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** What of an object is kept in memory. `managedFields` are always dropped. */
  project?: (object: T) => T;
  /** For each index, the values under which an object is found by `by(index, value)`. */
  indexers?: Record<string, (object: T) => string[]>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

export declare class Informer<T extends KubeObject> {
  constructor(options: InformerOptions<T>);
  readonly resource: ApiResource<T>;
  /** True once the first list is in the cache. */
  get hasSynced(): boolean;
  /** False when it has not been connected for two minutes. */
  get isHealthy(): boolean;
  get(namespace: string | undefined, name: string): T | undefined;
  all(): T[];
  by(index: string, value: string): T[];
  /** Handlers only enqueue; what one throws is logged. */
  onChange(handler: (change: Change<T>) => void): void;
  start(): void;
  /** Resolves when `hasSynced` becomes true; rejects when it is stopped before. */
  synced(): Promise<void>;
  stop(): Promise<void>;
}
