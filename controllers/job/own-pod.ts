import { FINALIZER_RESULT } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneJob } from '../../crds/types.ts';
import { joinKey } from '../kube/key.ts';

/**
 * Whether a Pod was made for the job: by its place, its name and its owner. Never by its labels, which anybody may put
 * on a Pod of any namespace: whose Pod counts as the job's decides over the job's result.
 */
export function isOwnPod(pod: Pod, job: RuneJob): boolean {
  return (
    pod.metadata.namespace === job.metadata.namespace &&
    jobKeyOf(pod) === joinKey(job.metadata.namespace, job.metadata.name ?? '') &&
    ownerUidsOf(pod).includes(job.metadata.uid ?? '')
  );
}

/** The number of the attempt that a Pod was made for, which its name ends in; NaN for a Pod of no attempt. */
export function attemptOf(pod: Pod): number {
  return Number(parts(pod)?.[2]);
}

/**
 * Key of the RuneJob that a Pod of its name would be made for. Owner references can be taken away
 * (`kubectl delete --cascade=orphan`), and the Pod must still be let go.
 */
export function jobKeyOf(pod: Pod): string | undefined {
  const name = parts(pod)?.[1];
  return name === undefined ? undefined : joinKey(pod.metadata.namespace, name);
}

export function ownerUidsOf(pod: Pod): string[] {
  return (pod.metadata.ownerReferences ?? []).map(({ uid }) => uid);
}

/** The Pod waits for us to let it go. */
export function hasResultFinalizer(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(FINALIZER_RESULT) ?? false;
}

function parts(pod: Pod): RegExpExecArray | null {
  return /^(.+)-([1-9]\d*)$/.exec(pod.metadata.name ?? '');
}
