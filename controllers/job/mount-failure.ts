import type { Pod } from '../../crds/raw.ts';
import type { CoreEvent } from '../kube/resource.ts';

type EventCache = { by: (index: 'podUid', value: string) => CoreEvent[] };

/** A kubelet tries a mount again after at most about two minutes: what it said within that time may still hold. */
const FRESH_MILLISECONDS = 150_000;

/** What keeps a Pod's volumes from being mounted. Of several troubles always the same one, so that it does not flap. */
export function mountFailure(events: EventCache, pod: Pod): string | undefined {
  const failures = events.by('podUid', pod.metadata.uid ?? '');
  const newest = Math.max(...failures.map(eventTime));
  const fresh = failures.filter((event) => newest - eventTime(event) <= FRESH_MILLISECONDS);
  return fresh
    .map(({ message = '' }) => message)
    .toSorted()
    .at(0);
}

function eventTime(event: CoreEvent): number {
  return Date.parse(event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '') || 0;
}
