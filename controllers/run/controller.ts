import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION, EMERGENCY_STOP, RUNE_RUN } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneBenchmark, RuneJob, RuneRun, RuneSuite } from '../../crds/types.ts';
import { Controller } from '../controller.ts';
import { emergencyStop } from '../emergency-stop.ts';
import { joinKey, keyOf } from '../kube/key.ts';
import type { ConfigMap, KubeObject } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import type { Metrics } from '../metrics.ts';
import { Freezer } from './freeze/freezer.ts';
import { isWaiting, RunReconciler, type RunReconcilerParts } from './reconcile.ts';

type Cache<T extends KubeObject> = Pick<Informer<T>, 'get' | 'by' | 'all' | 'onChange'>;

export type RunControllerParts = Omit<
  RunReconcilerParts,
  'freezer' | 'stop' | 'runs' | 'jobs' | 'agents' | 'backends' | 'archivePods'
> & {
  client: RunReconcilerParts['client'];
  runs: Cache<RuneRun>;
  jobs: Cache<RuneJob>;
  archivePods: Cache<Pod>;
  agents: Cache<RuneAgent>;
  backends: Cache<RuneBackend>;
  benchmarks: Pick<Cache<RuneBenchmark>, 'onChange'>;
  suites: Pick<Cache<RuneSuite>, 'onChange'>;
  /** Of the ConfigMap EMERGENCY_STOP in the operator's namespace alone. */
  stops: Pick<Informer<ConfigMap>, 'get' | 'onChange'>;
  /** The operator's own. */
  namespace: string;
  metrics: Metrics;
};

/** Indexes that the informer of RuneRuns must have. */
export const RUN_INDEXERS = { namespace: ({ metadata }: RuneRun) => [metadata.namespace ?? ''] };

/** Indexes that the informer of Pods that archive runs must have. */
export const ARCHIVE_POD_INDEXERS = {
  runUid: ({ metadata }: Pod) => (metadata.ownerReferences ?? []).map(({ uid }) => uid),
};

/** Indexes that the informer of RuneJobs must have. */
export const RUN_JOB_INDEXERS = { runUid: (job: RuneJob) => [runOwner(job)?.uid ?? []].flat() };

const WORKERS = 4;

/** The RuneRun controller. */
export function runController(parts: RunControllerParts): Controller {
  const { logger, metrics, clock } = parts;
  const controller: Controller = new Controller({
    name: 'runerun',
    workers: WORKERS,
    reconcile: (key) => reconciler.reconcile(key),
    logger,
    metrics,
    clock,
  });
  const reconciler = wireRuns(parts, (key) => controller.enqueue(key));
  return controller;
}

/** A reconciler, and handlers on the caches: whatever may change what a run should do next enqueues its key. */
export function wireRuns(parts: RunControllerParts, enqueue: (key: string) => void): RunReconciler {
  const { runs, jobs, agents, backends, benchmarks, suites, stops, client, namespace, archivePods, metrics } = parts;
  const stop = () => emergencyStop(stops.get(namespace, EMERGENCY_STOP));
  const reconciler = new RunReconciler({ ...parts, freezer: new Freezer({ client }), stop });
  const wake = (matches: (run: RuneRun) => boolean) => {
    for (const run of runs.all()) if (matches(run)) enqueue(keyOf(run));
  };
  const wakeWaiting = (object: KubeObject) =>
    wake((run) => isWaiting(run) && isInReach(object, run.metadata.namespace));

  archivePods.onChange(({ object }) => {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === RUNE_RUN.kind);
    if (owner !== undefined) enqueue(joinKey(object.metadata.namespace, owner.name));
  });
  jobs.onChange((change) => {
    const owner = runOwner(change.object);
    const formerOwner = change.old === undefined ? undefined : runOwner(change.old);
    // A job whose owner was taken off it is none of the run's any more.
    if (change.old !== undefined && formerOwner !== undefined && formerOwner.uid !== owner?.uid) {
      reconciler.observe({ type: 'deleted', object: change.old });
      enqueue(joinKey(change.old.metadata.namespace, formerOwner.name));
    }
    if (owner === undefined) return;
    reconciler.observe(change);
    enqueue(joinKey(change.object.metadata.namespace, owner.name));
  });
  runs.onChange(({ object, old }) => {
    enqueue(keyOf(object));
    countEnd(metrics, object, old);
    // It may be the baseline that another one waits for.
    if (isTrue(object.status?.conditions, CONDITION.finished)) wakeWaiting(object);
  });
  benchmarks.onChange(({ object }) => wakeWaiting(object));
  suites.onChange(({ object }) => wakeWaiting(object));
  agents.onChange(({ object }) => wakeWaiting(object));
  // How many jobs it serves decides on runs that go on, too.
  backends.onChange(({ object }) => wake((run) => run.metadata.namespace === object.metadata.namespace));
  stops.onChange(() => wake(() => true));
  return reconciler;
}

function isInReach({ metadata }: KubeObject, namespace: string | undefined): boolean {
  return metadata.namespace === undefined || metadata.namespace === namespace;
}

/** Once, when the end is seen to come. */
function countEnd(metrics: Metrics, { status }: RuneRun, old: RuneRun | undefined): void {
  const finished = findCondition(status?.conditions, CONDITION.finished);
  if (old === undefined || finished?.status !== 'True' || isTrue(old.status?.conditions, CONDITION.finished)) return;
  metrics.runs.finished.inc({ outcome: finished.reason });
}

function runOwner({ metadata }: RuneJob): { name: string; uid: string } | undefined {
  return metadata.ownerReferences?.find(({ kind, controller }) => controller && kind === RUNE_RUN.kind);
}
