import { ANNOTATION_FIXTURES } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import { hasResultFinalizer, jobKeyOf, ownerUidsOf } from './own-pod.ts';
import { podState } from './pod-state.ts';
import { leavesFixtures } from './retention.ts';

/** Whether there may be fixtures of a Pod: garbage collection takes those that its runner left away with it. */
export function mayHaveFixtures(pod: Pod): boolean {
  if (pod.metadata.annotations?.[ANNOTATION_FIXTURES] !== 'true' || jobKeyOf(pod) === undefined) return false;
  // One that is let go has lost our finalizer, and has an owner unless that was taken away.
  if (!hasResultFinalizer(pod) && ownerUidsOf(pod).length === 0) return false;
  const state = podState(pod, undefined, 0);
  return state.kind !== 'ended' || leavesFixtures(pod, state.ended);
}
