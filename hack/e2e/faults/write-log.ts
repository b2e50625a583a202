/** A request of an operator that changes something, as the proxy saw it. */
export type Write = {
  /** The process that sent it. */
  readonly operator: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Without the query. */
  readonly path: string;
  readonly body: unknown;
  /** By the monotonic clock, in milliseconds. */
  readonly receivedAt: number;
  /** What the API server answered; undefined while it has not, or when it was never asked. */
  code?: number;
};

/** What happens to a write on its way. */
export type Fault =
  /** The operator is killed; the API server never sees the write. */
  | { readonly kind: 'kill before' }
  /** The API server acts on it; the operator is killed before it hears of that. */
  | { readonly kind: 'kill after' }
  | { readonly kind: 'cut before' }
  | { readonly kind: 'cut after' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The API server is not asked; the proxy answers for it. */
  | { readonly kind: 'answer'; readonly code: 409 | 429 | 500 };

/** Looks at a write before it is sent on; undefined lets it pass. */
export type FaultRule = (write: Write) => Fault | undefined;

/** What all proxies of a test saw, in its order, and what they are told to do. */
export class WriteLog {
  readonly #writes: Write[] = [];
  readonly #rules = new Set<FaultRule>();

  get writes(): readonly Write[] {
    return this.#writes;
  }

  add(write: Write): void {
    this.#writes.push(write);
  }

  /** @returns takes the rule away */
  rule(rule: FaultRule): () => void {
    this.#rules.add(rule);
    return () => void this.#rules.delete(rule);
  }

  faultOf(write: Write): Fault | undefined {
    for (const rule of this.#rules) {
      const fault = rule(write);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Those of which the API server said that they took effect. */
  get successful(): readonly Write[] {
    return this.#writes.filter(isSuccessful);
  }
}

export function isSuccessful({ code }: Write): boolean {
  return code !== undefined && code < 300;
}

/** Leases and Events are written for every process and every story, not for a job. */
export function isOfJob({ path }: Write): boolean {
  return !path.includes('/leases') && !path.includes('/events');
}

/** How often the API server made an object, by `namespace/name`, of a kind given by its plural. */
export function creations(log: WriteLog, plural: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { method, path, body } of log.successful) {
    const namespace = new RegExp(`^/api/v1/namespaces/([^/]+)/${plural}$`).exec(path)?.[1];
    if (method !== 'POST' || namespace === undefined) continue;
    const key = `${namespace}/${(body as { metadata: { name: string } }).metadata.name}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
