import { EMERGENCY_STOP } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import type { Config } from '../config.ts';
import { Controller } from '../controller.ts';
import { emergencyStop } from '../emergency-stop.ts';
import { keyOf } from '../kube/key.ts';
import type { ConfigMap, CoreEvent, KubeObject } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { AccountReviews } from './account-reviews.ts';
import { isFinished, startDeadline } from './attempts.ts';
import { jobKeyOf, ownerUidsOf } from './own-pod.ts';
import { readiness } from './readiness.ts';
import { JobReconciler, type ReconcilerParts } from './reconcile.ts';
import { Refusals } from './refusals.ts';
import { nextAttemptTime } from './retry.ts';
import { backendKey, Slots } from './slots.ts';

export type JobControllerParts = Omit<WiringParts, 'config'> & { config: Config };

type Cache<T extends KubeObject> = Pick<Informer<T>, 'get' | 'by' | 'onChange'>;

type WiringParts = Omit<
  ReconcilerParts,
  'slots' | 'refusals' | 'accountReviews' | 'stop' | 'isEligible' | 'settings'
> & {
  jobs: Cache<RuneJob>;
  pods: Cache<Pod>;
  agents: Cache<RuneAgent>;
  backends: Cache<RuneBackend>;
  podWarnings: Cache<CoreEvent>;
  /** Of the ConfigMap EMERGENCY_STOP in the operator's namespace alone. */
  stops: Pick<Informer<ConfigMap>, 'get' | 'onChange'>;
  config: ReconcilerParts['settings'] & { maxRunnerPods: number; namespace: string };
};

/** Indexes that the Pod informer must have. */
export const POD_INDEXERS = {
  ownerUid: ownerUidsOf,
  jobKey: (pod: Pod) => values(jobKeyOf(pod)),
};

/** Indexes that the informer of {@link POD_WARNINGS} must have. */
export const POD_WARNING_INDEXERS = { podUid: (event: CoreEvent) => values(event.involvedObject.uid) };

/** The RuneJob controller. */
export function jobController(parts: JobControllerParts): Controller {
  const { logger, metrics, clock, config } = parts;
  const controller: Controller = new Controller({
    name: 'runejob',
    workers: config.workers,
    reconcile: (key) => reconciler.reconcile(key),
    logger,
    metrics,
    clock,
  });
  const reconciler = wire(parts, (key) => controller.enqueue(key));
  return controller;
}

/** A reconciler, and handlers on the caches: whatever may change what a job should do next enqueues its key. */
export function wire(parts: WiringParts, enqueue: (key: string) => void): JobReconciler {
  const { jobs, pods, agents, backends, podWarnings, stops, config, metrics, client, clock } = parts;
  const refusals = new Refusals();
  const stop = () => emergencyStop(stops.get(config.namespace, EMERGENCY_STOP));
  const isEligible = (job: RuneJob) =>
    stop() === undefined && mayStart(job, parts) && !refusals.isPending(job, clock.now().getTime());
  const maxJobsOf = (key: string) => backendByKey(backends, key)?.spec.maxConcurrentJobs ?? 0;
  const wake = (keys: string[]) => {
    for (const key of keys) enqueue(key);
  };
  const slots = new Slots({ limits: { maxRunnerPods: config.maxRunnerPods, maxJobsOf }, isEligible, wake });
  const slotsChanged = (isFreed: boolean) => {
    if (isFreed) wake(slots.admitted());
    metrics.jobs.runnerPods.set(slots.inProgress);
  };
  const refreshed = (matches: (job: RuneJob) => boolean) => {
    slots.refresh();
    // Those in line behind jobs that can no longer start are freed by it, too.
    wake([...slots.waiting(matches), ...slots.admitted()]);
  };

  jobs.onChange((change) => {
    enqueue(keyOf(change.object));
    slotsChanged(slots.observe(change));
  });
  pods.onChange((change) => {
    wake(values(jobKeyOf(change.object)));
    slotsChanged(slots.observePod(change));
  });
  agents.onChange(({ object }) => refreshed((job) => job.spec.agent.ref.name === object.metadata.name));
  backends.onChange(({ object }) => refreshed((job) => backendKey(job) === keyOf(object)));
  stops.onChange(() => {
    metrics.emergencyStop.set(stop() === undefined ? 0 : 1);
    slots.refresh();
    wake(slots.unfinished());
  });
  podWarnings.onChange(({ object }) => {
    const pod = pods.get(object.involvedObject.namespace, object.involvedObject.name ?? '');
    if (pod !== undefined) wake(values(jobKeyOf(pod)));
  });
  const accountReviews = new AccountReviews({ client, clock });
  return new JobReconciler({ ...parts, slots, refusals, accountReviews, stop, isEligible, settings: config });
}

/** Whether a job without an attempt in progress could start now, but for the limits. */
function mayStart(job: RuneJob, { agents, backends, clock, config }: WiringParts): boolean {
  const now = clock.now().getTime();
  const { cancel, suspend } = job.spec;
  if (isFinished(job) || cancel || suspend || job.metadata.deletionTimestamp !== undefined) return false;
  if (now < nextAttemptTime(job, config) || now >= startDeadline(job, config)) return false;
  const agent = agents.get(undefined, job.spec.agent.ref.name);
  return readiness(job, agent, backendByKey(backends, backendKey(job))) === undefined;
}

function backendByKey(backends: Cache<RuneBackend>, key: string): RuneBackend | undefined {
  const slash = key.indexOf('/');
  return backends.get(key.slice(0, slash), key.slice(slash + 1));
}

function values(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}
