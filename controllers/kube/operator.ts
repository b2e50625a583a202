import { createRequire } from 'node:module';
import { type ResourceEvent, ResourceEventType, type ResourceMeta, ResourceMetaImpl } from '@dot-i/k8s-operator';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { KubeClient } from './client.ts';
import { keyOf } from './key.ts';
import { type ApiResource, apiVersionOf, type KubeObject, pathOf, RESOURCES } from './resource.ts';
import { type Change, Informer, type InformerOptions } from './watch.ts';

type OperatorModule = typeof import('@dot-i/k8s-operator', { with: { 'resolution-mode': 'require' }});
/** By require: what `import` makes of the default export of a CommonJS module differs between Node and test runners. */
const { default: Operator } = createRequire(import.meta.url)('@dot-i/k8s-operator') as OperatorModule;

const EVENT_TYPE = {
  added: ResourceEventType.Added,
  modified: ResourceEventType.Modified,
  deleted: ResourceEventType.Deleted,
} as const;

export type OperatorParts = {
  kubeConfig: KubeConfig;
  client: KubeClient;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

export type InformerChoice<T extends KubeObject> = Omit<InformerOptions<T>, 'client' | 'logger' | 'metrics' | 'clock'>;

/**
 * The base class of `@dot-i/k8s-operator` with its watching and writing replaced: watches go on from a kept
 * resourceVersion and never end the process; writes carry preconditions, throw, and take our client. What stays is its
 * life cycle (`start` calls `init`, then `stop`) and its state machine of finalizers.
 */
export abstract class RuneOperator extends Operator {
  protected readonly parts: OperatorParts;
  readonly #informers = new Map<string, Informer<KubeObject>>();

  constructor(parts: OperatorParts) {
    super(parts.logger);
    this.kubeConfig = parts.kubeConfig;
    this.parts = parts;
  }

  /** Stops all watches; resolves when they are closed. */
  override async stop(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }

  /** True when all caches are filled and none has been cut off for long. */
  get isHealthy(): boolean {
    return [...this.#informers.values()].every(({ hasSynced, isHealthy }) => hasSynced && isHealthy);
  }

  /** The informer of a kind. It begins with `startInformers`. */
  inform<T extends KubeObject>(choice: InformerChoice<T>): Informer<T> {
    const { labelSelector = '', fieldSelector = '' } = choice;
    // Of a kind there may be several, of different objects.
    const id = [idOf(choice.resource), labelSelector, fieldSelector].filter((part) => part !== '').join(' ');
    if (this.#informers.has(id)) throw new Error(`There is an informer of ${id} already.`);
    const informer = new Informer<T>({ ...this.parts, ...choice });
    // The compiler cannot see that only objects of the informer's own kind ever come out of this map.
    this.#informers.set(id, informer as unknown as Informer<KubeObject>);
    return informer;
  }

  /** Begins all watches; resolves when the caches are filled. */
  protected async startInformers(): Promise<void> {
    for (const informer of this.#informers.values()) informer.start();
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced()));
  }

  /** `onEvent` is called for each change that an informer of the kind sees; it should only enqueue. */
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const resource = resourceOf(`${plural}.${group === '' ? version : `${group}/${version}`}`);
    const informer = this.#informers.get(idOf(resource)) ?? this.inform({ resource, ...(namespace && { namespace }) });
    informer.onChange((change) => {
      onEvent(eventOf(resource, change)).catch((error: unknown) =>
        this.parts.logger.error({ err: error, key: keyOf(change.object) }, 'a handler of events failed'),
      );
    });
  }

  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const resource = { group, version, plural, kind: '', namespaced: namespace !== undefined };
    return `${this.kubeConfig.getCurrentCluster()?.server ?? ''}${pathOf(resource, namespace)}`;
  }

  /** Replaces the status; refused with 409 when the object is no longer the one of `meta`. */
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { name, namespace, resourceVersion } = meta;
    const object = { metadata: { name, ...(namespace && { namespace }), resourceVersion }, status };
    return metaOf(meta.id, await this.parts.client.replaceStatus(resourceOf(meta.id), object));
  }

  /** Merge patch of the status; refused with 409 when the object is no longer the one of `meta`. */
  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { name, namespace, resourceVersion } = meta;
    const patch = status as Record<string, unknown>;
    const resource = resourceOf(meta.id);
    return metaOf(meta.id, await this.parts.client.patchStatus(resource, name, namespace, patch, resourceVersion));
  }

  /** Used by `handleResourceFinalizer`, which says true only when this did not throw. */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const { name, namespace, resourceVersion } = meta;
    const patch = { metadata: { finalizers } };
    await this.parts.client.patch(resourceOf(meta.id), name, namespace, patch, { resourceVersion });
  }

  protected override async registerCustomResourceDefinition(): Promise<never> {
    throw new Error('CustomResourceDefinitions are installed with the manifests, not by the operator.');
  }
}

function idOf(resource: ApiResource): string {
  return `${resource.plural}.${apiVersionOf(resource)}`;
}

function resourceOf(id: string): ApiResource {
  const resource = RESOURCES.find((each) => idOf(each) === id);
  if (resource === undefined) throw new Error(`The kind ${id} is not known here: add it to RESOURCES.`);
  return resource;
}

/** A copy, since the base class changes the finalizers of what it is given, and the cache's objects are shared. */
function eventOf(resource: ApiResource, change: Change<KubeObject>): ResourceEvent {
  const object = structuredClone(change.object) as unknown as KubernetesObject;
  return { meta: ResourceMetaImpl.createWithPlural(resource.plural, object), object, type: EVENT_TYPE[change.type] };
}

function metaOf(id: string, object: KubeObject): ResourceMeta {
  return ResourceMetaImpl.createWithId(id, object as unknown as KubernetesObject);
}
