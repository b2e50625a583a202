import type { V1ObjectMeta, V1Pod } from '@kubernetes/client-node';

/** A Kubernetes type as it is on the wire: we keep objects as parsed JSON, so times are RFC 3339 strings, never Dates. */
export type Raw<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Raw<Item>[]
    : T extends object
      ? { [Key in keyof T]: Raw<T[Key]> }
      : T;

export type ObjectMeta = Raw<V1ObjectMeta>;
export type Pod = Raw<V1Pod> & { metadata: ObjectMeta };
