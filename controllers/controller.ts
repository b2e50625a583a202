import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { KeyQueue } from './kube/queue.ts';
import type { Metrics } from './metrics.ts';

/** Left out or undefined: reconcile again only when something changes. */
export type ReconcileResult = { requeueAfterMilliseconds?: number };

export type ControllerOptions = {
  name: string;
  queue?: KeyQueue;
  workers: number;
  /** `key` is `namespace/name`, or `name` for cluster-scoped kinds. What it throws is logged and tried again with backoff. */
  reconcile: (key: string) => Promise<ReconcileResult | undefined>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

export declare class Controller {
  constructor(options: ControllerOptions);
  readonly name: string;
  enqueue(key: string, afterMilliseconds?: number): void;
  start(): void;
  /** Takes no more keys and waits for what runs, at most `boundMilliseconds`. True when all ended. */
  stop(boundMilliseconds: number): Promise<boolean>;
}
