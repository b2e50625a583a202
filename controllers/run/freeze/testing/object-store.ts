import type { KubeClient } from '../../../kube/client.ts';
import { ApiError, ConnectionError } from '../../../kube/errors.ts';
import type { ApiResource, KubeObject } from '../../../kube/resource.ts';

/** What becomes of a write: `before` it is done, or `after`, its answer is lost; or it is refused. */
export type Fault = 'before' | 'after' | ApiError;

/** In the place of the API server, as far as freezing goes: objects are created once and read. */
export class ObjectStore implements Pick<KubeClient, 'get' | 'create'> {
  readonly writes: string[] = [];
  readonly reads: string[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #faultAt: (write: number) => Fault | undefined;

  /** @param faultAt told the number of the write, from 0 */
  constructor(faultAt: (write: number) => Fault | undefined = () => undefined) {
    this.#faultAt = faultAt;
  }

  put(resource: ApiResource, object: KubeObject): void {
    this.#objects.set(pathOf(resource, object.metadata.name), structuredClone(object));
  }

  all(resource: ApiResource): KubeObject[] {
    return [...this.#objects].flatMap(([path, object]) => (path.startsWith(`${resource.plural}/`) ? [object] : []));
  }

  async get<T extends KubeObject>(resource: ApiResource<T>, name: string): Promise<T | undefined> {
    const path = pathOf(resource, name);
    this.reads.push(path);
    return structuredClone(this.#objects.get(path)) as T | undefined;
  }

  async create<T extends KubeObject>(resource: ApiResource<T>, object: NoInfer<T>): Promise<T> {
    const path = pathOf(resource, object.metadata.name);
    const fault = this.#faultAt(this.writes.length);
    this.writes.push(path);
    if (fault instanceof ApiError) throw fault;
    if (fault === 'before') throw new ConnectionError('cut', true, {});
    if (this.#objects.has(path)) throw new ApiError(409, 'AlreadyExists', `${path} already exists`);
    this.put(resource, object);
    if (fault === 'after') throw new ConnectionError('cut', true, {});
    return structuredClone(object);
  }
}

function pathOf({ plural }: ApiResource, name: string | undefined): string {
  return `${plural}/${name}`;
}
