import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../controllers/clock.ts';
import { KubeClient } from '../../controllers/kube/client.ts';
import { loadKubeConfig } from '../../controllers/kube/config.ts';
import { ApiError, ConnectionError } from '../../controllers/kube/errors.ts';
import { type ApiResource, type KubeObject, pathOf } from '../../controllers/kube/resource.ts';
import { Transport } from '../../controllers/kube/transport.ts';
import { watchEvents } from '../../controllers/kube/watch-stream.ts';
import { createMetrics } from '../../controllers/metrics.ts';

export type ProxyCall = { method?: 'GET' | 'PUT' | 'DELETE'; body?: unknown };

/** A test's own way to the API server, with all rights that the kubeconfig gives. */
export class ClusterClient {
  readonly kube: KubeClient;
  readonly #transport: Transport;

  constructor(kubeconfig: string) {
    const kubeConfig = loadKubeConfig(kubeconfig, undefined);
    this.#transport = new Transport({ kubeConfig, metrics: createMetrics(), clock: systemClock });
    this.kube = new KubeClient({
      transport: this.#transport,
      beforeWrite: () => undefined,
      timeoutMilliseconds: 30_000,
    });
  }

  /**
   * Watches one object until `isReached` says yes of it; `undefined` stands for "it is not there". A watch that is cut
   * or too old (410), and an API server that is away, are waited out.
   * @returns the object as it was then
   * @throws Error with the object as it last was, when that takes longer than `limitSeconds`
   */
  async until<T extends KubeObject>(
    resource: ApiResource<T>,
    name: string,
    namespace: string | undefined,
    isReached: (object: T | undefined) => boolean,
    limitSeconds: number,
  ): Promise<T | undefined> {
    const signal = AbortSignal.timeout(limitSeconds * 1000);
    let last: T | undefined;
    try {
      for (;;) {
        try {
          last = await this.kube.get(resource, name, namespace);
          if (isReached(last)) return last;
          for await (const object of this.#changes(resource, namespace, name, last, signal)) {
            last = object;
            if (isReached(last)) return last;
          }
        } catch (error) {
          await pauseAfter(error, signal);
        }
      }
    } catch (cause) {
      if (!signal.aborted) throw cause;
      const state = last === undefined ? 'it is not there' : JSON.stringify(last, undefined, 1);
      throw new Error(`${resource.kind} ${name}: not what was awaited after ${limitSeconds} s: ${state}`, { cause });
    }
  }

  /**
   * The objects of a namespace as they are, then each as it changes, all of them again
   * after a cut, until `signal` ends it with its reason.
   */
  async *follow<T extends KubeObject>(
    resource: ApiResource<T>,
    namespace: string,
    signal: AbortSignal,
  ): AsyncGenerator<T, never> {
    for (;;) {
      try {
        const { items, metadata } = await this.kube.listPage(resource, { namespace }, { limit: 0 });
        yield* items;
        const query = { watch: true, resourceVersion: metadata.resourceVersion, timeoutSeconds: 60 };
        const body = await this.#transport.stream(pathOf(resource, namespace), query, signal);
        for await (const event of watchEvents<T>(body, 90_000)) if (event.type !== 'BOOKMARK') yield event.object;
      } catch (error) {
        await pauseAfter(error, signal);
      }
    }
  }

  /** Calls a Service's port through the API server's proxy. @returns the parsed answer */
  async callService(namespace: string, service: string, path: string, call: ProxyCall = {}): Promise<unknown> {
    const [pathname = '', search = ''] = path.split('?', 2);
    return await this.#transport.call({
      method: call.method ?? 'GET',
      path: `/api/v1/namespaces/${namespace}/services/${service}/proxy${pathname}`,
      query: Object.fromEntries(new URLSearchParams(search)),
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMilliseconds: 10_000,
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** What becomes of one object after `from`; ends when the API server ends the watch. */
  async *#changes<T extends KubeObject>(
    resource: ApiResource<T>,
    namespace: string | undefined,
    name: string,
    from: T | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<T | undefined> {
    const resourceVersion = from?.metadata.resourceVersion;
    const query = { watch: true, fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: 60 };
    const body = await this.#transport.stream(pathOf(resource, namespace), query, signal);
    for await (const event of watchEvents<T>(body, 90_000)) {
      if (event.type === 'BOOKMARK') continue;
      yield event.type === 'DELETED' ? undefined : event.object;
    }
  }
}

/** Returns when the same may be tried again. @throws the error where that would not help, or `signal` was aborted */
async function pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
  const passes =
    error instanceof ConnectionError ||
    (error instanceof ApiError && [410, 429, 500, 502, 503, 504].includes(error.code));
  if (!passes || signal.aborted) throw error;
  await sleep(200, undefined, { signal });
}
