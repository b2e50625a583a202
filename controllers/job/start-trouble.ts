import type { Pod } from '../../crds/raw.ts';
import type { CoreEvent } from '../kube/resource.ts';

/** Reasons of Events that say why a Pod does not start, where its status does not. */
const TROUBLES = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox', 'NetworkNotReady']);

/**
 * The Events to watch, and what is kept of them. A field selector knows no "or", so the frequent warnings that a Pod's
 * status tells as well are left out one by one.
 */
export const POD_WARNINGS = {
  fieldSelector: [
    'involvedObject.kind=Pod',
    'type=Warning',
    ...['BackOff', 'Failed', 'FailedScheduling', 'Unhealthy', 'Evicted'].map((reason) => `reason!=${reason}`),
  ].join(','),
  project({ metadata, involvedObject, ...event }: CoreEvent): CoreEvent {
    const { name, namespace, uid, resourceVersion } = metadata;
    const isTrouble = TROUBLES.has(event.reason ?? '');
    return {
      metadata: { name, namespace, uid, resourceVersion } as CoreEvent['metadata'],
      involvedObject: {
        namespace: involvedObject.namespace,
        name: involvedObject.name,
        uid: involvedObject.uid,
      } as CoreEvent['involvedObject'],
      ...(isTrouble ? { message: event.message ?? '', lastTimestamp: timestamp(event) } : {}),
    };
  },
};

type EventCache = { by: (index: 'podUid', value: string) => CoreEvent[] };

/** A kubelet tries again after at most about two minutes: what it said within that time may still hold. */
const FRESH_MILLISECONDS = 150_000;

/** A kubelet that has not seen a new Secret yet says so, and has it, or misses it, a moment later. */
const PASSING = /failed to sync .* cache|not registered$/;

/** What keeps a Pod from starting, but for what passes by itself. Of several troubles always the same one, so that it does not flap. */
export function startTrouble(events: EventCache, pod: Pod): string | undefined {
  const troubles = events.by('podUid', pod.metadata.uid ?? '').filter(isLasting);
  const newest = Math.max(...troubles.map(eventTime));
  const fresh = troubles.filter((event) => newest - eventTime(event) <= FRESH_MILLISECONDS);
  return fresh
    .map(({ message = '' }) => message)
    .toSorted()
    .at(0);
}

function isLasting({ message }: CoreEvent): boolean {
  return message !== undefined && !PASSING.test(message);
}

function eventTime(event: CoreEvent): number {
  return Date.parse(timestamp(event) ?? '') || 0;
}

type Times = Pick<CoreEvent, 'lastTimestamp' | 'eventTime' | 'firstTimestamp'>;

function timestamp({ lastTimestamp, eventTime, firstTimestamp }: Times): string | null {
  return lastTimestamp ?? eventTime ?? firstTimestamp ?? null;
}
