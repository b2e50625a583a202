import { isNotFound } from './errors.ts';
import type { ApiResource } from './resource.ts';
import type { Transport } from './transport.ts';

type ResourceList = { resources?: { name: string; kind: string; namespaced: boolean }[] };

const TIMEOUT_MILLISECONDS = 10_000;

/** Where the API server serves the kinds that a manifest names. What it has told once is not asked again. */
export class Discovery {
  readonly #transport: Transport;
  readonly #lists = new Map<string, Promise<ResourceList>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Undefined when no such kind is served. @param apiVersion such as v1 or apps/v1 */
  async find(apiVersion: string, kind: string, signal?: AbortSignal): Promise<ApiResource | undefined> {
    const { resources = [] } = await this.#list(apiVersion, signal);
    // Subresources, such as pods/status, are listed too.
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found === undefined) return undefined;
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    return { group, version, plural: found.name, kind, namespaced: found.namespaced };
  }

  #list(apiVersion: string, signal: AbortSignal | undefined): Promise<ResourceList> {
    const known = this.#lists.get(apiVersion);
    if (known !== undefined) return known;
    const list = this.#read(apiVersion, signal);
    this.#lists.set(apiVersion, list);
    list.catch(() => this.#lists.delete(apiVersion));
    return list;
  }

  async #read(apiVersion: string, signal: AbortSignal | undefined): Promise<ResourceList> {
    const parts = apiVersion.split('/').map(encodeURIComponent).join('/');
    const path = apiVersion.includes('/') ? `/apis/${parts}` : `/api/${parts}`;
    const call = { method: 'GET', path, timeoutMilliseconds: TIMEOUT_MILLISECONDS } as const;
    try {
      return (await this.#transport.call({ ...call, ...(signal && { signal }) })) as ResourceList;
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
  }
}
