import type { RuneBenchmark, RuneJob, RuneRun, RuneSuite } from '../../crds/types.ts';

type Watched = Pick<RuneJob | RuneRun | RuneBenchmark | RuneSuite, 'metadata' | 'status'>;

/**
 * What Argo CD, Flux and `helm --wait` make of an object of a kind that they do not know, by the rules of kstatus
 * (sigs.k8s.io/cli-utils, pkg/kstatus/status/core.go): deletion, generation, Reconciling, Stalled, Ready, in this order.
 */
export function kstatus({ metadata, status }: Watched): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation)
    return 'InProgress';
  for (const { type, status: value } of status?.conditions ?? []) {
    if (type === 'Reconciling' && value === 'True') return 'InProgress';
    if (type === 'Stalled' && value === 'True') return 'Failed';
  }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
