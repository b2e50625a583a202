import type { KubeConfig } from '@kubernetes/client-node';
import { type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { KubeClient } from '../kube/client.ts';
import { Transport } from '../kube/transport.ts';
import { createMetrics, type Metrics } from '../metrics.ts';

export type TestParts = {
  client: KubeClient;
  transport: Transport;
  logger: Logger;
  /** What was logged, one parsed line each. */
  logged: Record<string, unknown>[];
  metrics: Metrics;
  clock: Clock;
};

type Choice = { clock?: Clock; beforeWrite?: () => void; timeoutMilliseconds?: number };

/** What the classes of this folder are built from. */
export function testParts(kubeConfig: KubeConfig, choice: Choice = {}): TestParts {
  const { clock = systemClock, beforeWrite = () => undefined, timeoutMilliseconds = 5_000 } = choice;
  const metrics = createMetrics();
  const transport = new Transport({ kubeConfig, metrics, clock });
  const client = new KubeClient({ transport, beforeWrite, timeoutMilliseconds });
  const logged: Record<string, unknown>[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => void logged.push(JSON.parse(line)) });
  return { client, transport, logger, logged, metrics, clock };
}

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  milliseconds = 0;

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.milliseconds);
  }

  monotonic(): number {
    return this.milliseconds;
  }
}
