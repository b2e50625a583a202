import type { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../clock.ts';
import { KubeClient } from './client.ts';
import { loadKubeConfig } from './config.ts';
import { Discovery } from './discovery.ts';
import { type CallMetrics, Transport } from './transport.ts';

/** The API server as one account sees it. */
export type Account = {
  discovery: Discovery;
  /** @param signal ends its calls before their time */
  client(signal?: AbortSignal): KubeClient;
  close(): Promise<void>;
};

/** Not longer, since who is told to stop has seconds only. */
const TIMEOUT_MILLISECONDS = 5_000;
const UNCOUNTED: CallMetrics = {
  client: { requests: { inc: () => undefined }, duration: { observe: () => undefined } },
};

/** The service account that is mounted into this container. @throws Error that says that there is none */
export function mountedAccount(userAgent: string): Account {
  return accountOf(loadKubeConfig(undefined, undefined), userAgent);
}

export function accountOf(kubeConfig: KubeConfig, userAgent: string): Account {
  const transport = new Transport({ kubeConfig, metrics: UNCOUNTED, clock: systemClock, userAgent });
  return {
    discovery: new Discovery(transport),
    client: (signal) =>
      new KubeClient({
        transport,
        beforeWrite: () => undefined,
        timeoutMilliseconds: TIMEOUT_MILLISECONDS,
        ...(signal && { signal }),
      }),
    close: () => transport.close(),
  };
}
