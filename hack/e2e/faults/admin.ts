import { pino } from 'pino';
import { systemClock } from '../../../controllers/clock.ts';
import { KubeClient } from '../../../controllers/kube/client.ts';
import { loadKubeConfig } from '../../../controllers/kube/config.ts';
import type { KubeObject } from '../../../controllers/kube/resource.ts';
import { Transport } from '../../../controllers/kube/transport.ts';
import { Informer, type InformerOptions } from '../../../controllers/kube/watch.ts';
import { createMetrics } from '../../../controllers/metrics.ts';

export type Admin = {
  readonly client: KubeClient;
  /** The API server, for example `https://127.0.0.1:6443`, and its certificate authority, PEM. */
  readonly server: string;
  readonly ca: string;
  /** A started informer with all objects in its cache. */
  readonly informer: <T extends KubeObject>(choice: InformerChoice<T>) => Promise<Informer<T>>;
  readonly stop: () => Promise<void>;
};

type InformerChoice<T extends KubeObject> = Pick<InformerOptions<T>, 'resource' | 'labelSelector' | 'namespace'>;

/** A test's own way to the API server, with all rights that the kubeconfig gives. */
export function connectAdmin(kubeconfig: string): Admin {
  const kubeConfig = loadKubeConfig(kubeconfig, undefined);
  const cluster = kubeConfig.getCurrentCluster();
  const metrics = createMetrics();
  const parts = { metrics, clock: systemClock, logger: pino({ level: 'silent' }) };
  const transport = new Transport({ kubeConfig, ...parts });
  const client = new KubeClient({ transport, beforeWrite: () => undefined });
  const informers: { stop: () => Promise<void> }[] = [];
  return {
    client,
    server: cluster?.server ?? '',
    ca: Buffer.from(cluster?.caData ?? '', 'base64').toString(),
    informer: async (choice) => {
      const informer = new Informer({ client, ...parts, ...choice });
      informers.push(informer);
      informer.start();
      await informer.synced();
      return informer;
    },
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()));
      await transport.close();
    },
  };
}
