/** `Evicted` is the Pod's reason, the others are those of its condition DisruptionTarget. */
const EVICTIONS: ReadonlySet<string> = new Set([
  'Evicted',
  'TerminationByKubelet',
  'EvictionByEvictionAPI',
  'PreemptionByScheduler',
]);

/** Whether a Pod that ended for this reason had to make room. */
export function isEviction(reason: string): boolean {
  return EVICTIONS.has(reason);
}
