import type { Lease } from './resource.ts';

export type LeaseSpec = NonNullable<Lease['spec']>;

/** A Lease as it was last seen to change, and when that was by our own monotonic clock. */
export type Observation = { version: string | undefined; spec: LeaseSpec | undefined; since: number };

/** The clocks of two machines cannot be compared: what counts is since when we have seen no change. */
export function observe(before: Observation | undefined, lease: Lease | undefined, now: number): Observation {
  const version = lease?.metadata.resourceVersion;
  if (before !== undefined && before.version === version) return before;
  return { version, spec: lease?.spec, since: now };
}

/** Whether `identity` may take it: nobody holds it, we held it before a restart, or its holder did not renew in time. */
export function isExpired({ spec, since }: Observation, identity: string, now: number): boolean {
  const holder = spec?.holderIdentity;
  if (!holder || holder === identity) return true;
  return now >= since + (spec?.leaseDurationSeconds ?? 0) * 1000;
}

/** The API's MicroTime has exactly six digits behind the second. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
