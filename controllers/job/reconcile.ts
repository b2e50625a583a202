import type { Logger } from 'pino';
import { STARTED_REASON } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import type { ReconcileResult } from '../controller.ts';
import type { EmergencyStop } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError, isAlreadyExists, isInvalid, isNotFound } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { keyOf, splitKey } from '../kube/key.ts';
import { type CoreEvent, type KubeObject, PODS, RUNE_JOBS, SECRETS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import type { Metrics } from '../metrics.ts';
import { OwnWrites } from '../own-writes.ts';
import type { AccountAccess } from './account-access.ts';
import type { AccountReviews } from './account-reviews.ts';
import { type Attempt, currentAttempt, isParked } from './attempts.ts';
import { mayHaveFixtures } from './fixture-pod.ts';
import { countChanges } from './job-metrics.ts';
import { attemptOf, hasResultFinalizer, isOwnPod } from './own-pod.ts';
import { type Observed, type Plan, plan } from './plan.ts';
import { type PodSettings, runnerPod } from './pod.ts';
import { podState } from './pod-state.ts';
import { projectJob } from './project.ts';
import { questionSecret, questionSecretName } from './question-secret.ts';
import type { Refusals } from './refusals.ts';
import { releasePod } from './release.ts';
import type { BackoffLimits } from './retry.ts';
import { NO_SLOT, type Slots } from './slots.ts';
import { startTrouble } from './start-trouble.ts';
import { StoppedError } from './stopped.ts';

export type ReconcilerParts = {
  client: Pick<KubeClient, 'get' | 'create' | 'patch' | 'patchStatus' | 'remove'>;
  jobs: Cache<RuneJob>;
  /** Indexed by `ownerUid` and `jobKey`. */
  pods: Cache<Pod>;
  agents: Cache<RuneAgent>;
  backends: Cache<RuneBackend>;
  /** Events that say why Pods do not start, indexed by `podUid`. */
  podWarnings: Cache<CoreEvent>;
  events: Pick<EventRecorder, 'record'>;
  slots: Slots;
  refusals: Refusals;
  accountReviews: Pick<AccountReviews, 'access'>;
  /** The emergency stop that is in force now. */
  stop: () => EmergencyStop | undefined;
  /** Whether the job could start now, but for the limits. */
  isEligible: (job: RuneJob) => boolean;
  metrics: Metrics;
  logger: Logger;
  clock: Clock;
  settings: PodSettings & BackoffLimits & { podRetentionSeconds: number };
};

type Cache<T extends KubeObject> = Pick<Informer<T>, 'get' | 'by'>;

/** What a cache may lag behind before the API server is asked. */
const LAG_MILLISECONDS = 1000;

/** Looks at one RuneJob, asks {@link plan} what to do, and does it: one status write, then the rest, then Events. */
export class JobReconciler {
  readonly #parts: ReconcilerParts;
  readonly #own = new OwnWrites(projectJob);
  /** Objects of the cache that were let go, so that none is let go again while the cache lags. */
  readonly #released = new WeakSet<Pod>();
  /** When the Pod of a job's attempt in progress was created, by the monotonic clock, until the cache shows it. */
  readonly #created = new Map<string, { uid: string | undefined; at: number }>();

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const { namespace, name } = splitKey(key);
    const job = this.#own.newest(key, this.#parts.jobs.get(namespace, name));
    await this.#releaseOrphans(key, job);
    if (job === undefined) {
      this.#created.delete(key);
      this.#parts.refusals.forget(key);
      return undefined;
    }
    if (await this.#isBeingRecorded(job)) return { requeueAfterMilliseconds: LAG_MILLISECONDS };
    const observed = await this.#observe(job);
    if (observed === undefined) return { requeueAfterMilliseconds: LAG_MILLISECONDS };
    const decided = plan(observed, this.#now());
    return await this.#apply(key, job, observed, decided);
  }

  /** Undefined while the cache lags behind what must be counted by it. */
  async #observe(job: RuneJob): Promise<Observed | undefined> {
    const { pods, agents, backends, slots, refusals, settings, isEligible } = this.#parts;
    const cached = pods.by('ownerUid', job.metadata.uid ?? '').filter((pod) => isOwnPod(pod, job));
    const attempt = currentAttempt(job);
    const last = cached.find((pod) => attemptOf(pod) === attempt?.number);
    if (last !== undefined || attempt === undefined) this.#created.delete(keyOf(job));
    const known = last === undefined || isLost(last, this.#now()) ? undefined : last;
    if (last === undefined && this.#isOnItsWay(job)) return undefined;
    const mustRead = attempt !== undefined && known === undefined && !refusals.isPending(job, this.#now());
    const live = mustRead ? await this.#readPod(job, attempt) : undefined;
    // Who may make fixtures next is known from the cache: what a Pod left there counts only once it is in there.
    if (last === undefined && live !== undefined && mayHaveFixtures(live)) return undefined;
    const access = attempt === undefined ? await this.#access(job) : undefined;
    // From here on nothing is waited for: what is admitted, or not stopped, is so when it is decided.
    const pod = known ?? live;
    const refusal = refusals.of(job);
    return {
      job,
      pods: known === undefined ? [...cached.filter((one) => one !== last), ...(live ? [live] : [])] : cached,
      isPodAbsent: attempt !== undefined && pod === undefined,
      ...(refusal === undefined ? {} : { refusal }),
      agent: agents.get(undefined, job.spec.agent.ref.name),
      backend: backends.get(job.metadata.namespace, job.spec.model.backendRef.name),
      startTrouble: pod === undefined ? undefined : startTrouble(this.#parts.podWarnings, pod),
      slot: (attempt === undefined || isParked(job)) && isEligible(job) ? slots.of(job) : NO_SLOT,
      stop: this.#parts.stop(),
      ...(access === undefined ? {} : { access }),
      settings,
    };
  }

  /** What the agent's account may do, where a first attempt is about to begin. */
  async #access(job: RuneJob): Promise<AccountAccess | undefined> {
    const { slots, isEligible, accountReviews } = this.#parts;
    const account = job.spec.pod?.serviceAccountName;
    if (account === undefined || job.status?.attempt !== undefined) return undefined;
    if (!isEligible(job) || !slots.of(job).isAdmitted) return undefined;
    const { metadata, spec } = job;
    const holders =
      spec.questionRef === undefined
        ? { secret: questionSecretName(job), job: metadata.name ?? '' }
        : { secret: spec.questionRef.revision };
    return await accountReviews.access(metadata.namespace ?? '', account, holders);
  }

  /** Its Pod was created a moment ago, and the cache is about to show it: there is nothing to do, and nothing to read. */
  #isOnItsWay(job: RuneJob): boolean {
    const created = this.#created.get(keyOf(job));
    if (created === undefined || created.uid !== job.metadata.uid) return false;
    return this.#parts.clock.monotonic() < created.at + LAG_MILLISECONDS;
  }

  /** That a Pod is absent, or lost with its node, is never concluded from the cache, which may lag behind. */
  async #readPod(job: RuneJob, attempt: Attempt): Promise<Pod | undefined> {
    const pod = await this.#parts.client.get(PODS, attempt.podName, job.metadata.namespace);
    if (pod === undefined || isOwnPod(pod, job)) return pod;
    const message = `A Pod "${attempt.podName}" that is not this job's is in the way: the job goes on once it is gone.`;
    this.#parts.refusals.add(job, { reason: STARTED_REASON.podNameTaken, message }, this.#now());
    return undefined;
  }

  async #apply(key: string, job: RuneJob, observed: Observed, decided: Plan): Promise<ReconcileResult | undefined> {
    const { client, events } = this.#parts;
    const written = await this.#writeStatus(key, job, decided);
    const current = written ?? job;
    const tell = () => {
      for (const { type, reason, message } of decided.stories) events.record(current, type, reason, message);
    };
    let isRefused = false;
    // The Pod does not wait behind Events.
    if (decided.createPod === undefined) tell();
    else isRefused = !(await this.#createPod(job, written, decided.createPod, observed).finally(tell));
    for (const pod of decided.releasePods) {
      if (this.#released.has(pod)) continue;
      await releasePod(client, pod);
      this.#released.add(pod);
    }
    for (const { pod, ...grace } of decided.deletePods) await this.#removePod(pod, grace);
    if (decided.deleteJob) await this.#removeJob(current);
    if (isRefused) return { requeueAfterMilliseconds: 0 };
    const after = decided.requeueAfterMilliseconds;
    return after === undefined ? undefined : { requeueAfterMilliseconds: after };
  }

  /** The object as written, whole; undefined when there was nothing to write. */
  async #writeStatus(key: string, job: RuneJob, decided: Plan): Promise<RuneJob | undefined> {
    const { client, slots, metrics } = this.#parts;
    const { name = '', namespace, resourceVersion = '' } = job.metadata;
    const patch = mergePatch(job.status ?? {}, decided.status);
    if (patch === undefined) return undefined;
    const isBeginning = (decided.status.attempt ?? 0) > (job.status?.attempt ?? 0);
    if (isBeginning) slots.take(job);
    try {
      const written = await client.patchStatus(RUNE_JOBS, name, namespace, patch, resourceVersion);
      this.#own.remember(key, written);
      countChanges(metrics, job, decided.status);
      if (decided.status.outcome !== undefined) this.#parts.refusals.forget(key);
      return written;
    } catch (error) {
      // Only a refusal proves that nothing was written; after a lost connection the slot stays taken until it is known.
      if (isBeginning && error instanceof ApiError) slots.giveBack(job);
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Whether the beginning of an attempt may have been recorded without our knowing. Settles it by a read. */
  async #isBeingRecorded(job: RuneJob): Promise<boolean> {
    const { client, slots } = this.#parts;
    if (!slots.isTaken(job) || currentAttempt(job) !== undefined) return false;
    const live = await client.get(RUNE_JOBS, job.metadata.name ?? '', job.metadata.namespace);
    if (live !== undefined && live.metadata.uid === job.metadata.uid && currentAttempt(live) !== undefined) return true;
    slots.giveBack(job);
    return false;
  }

  /** False when the API server refused; the reason then stands in the next plan. Holds the job's slot until the Pod is seen. */
  async #createPod(job: RuneJob, written: RuneJob | undefined, attempt: Attempt, observed: Observed): Promise<boolean> {
    const { jobs, slots } = this.#parts;
    const { name = '', namespace, uid } = job.metadata;
    slots.creating(job);
    let isCreated = false;
    try {
      // A job that went before its slot was held has given the slot to another one.
      if (jobs.get(namespace, name)?.metadata.uid !== uid) return true;
      const result = await this.#tryToCreatePod(job, written, attempt, observed);
      isCreated = result === 'created';
      if (isCreated) this.#created.set(keyOf(job), { uid, at: this.#parts.clock.monotonic() });
      return result !== 'refused';
    } finally {
      if (!isCreated) slots.notCreated(job);
    }
  }

  async #tryToCreatePod(
    job: RuneJob,
    written: RuneJob | undefined,
    attempt: Attempt,
    observed: Observed,
  ): Promise<'created' | 'not needed' | 'refused'> {
    const { client, settings, refusals, logger } = this.#parts;
    const { agent, backend } = observed;
    const uid = job.metadata.uid ?? '';
    const fresh = written ?? (await client.get(RUNE_JOBS, job.metadata.name ?? '', job.metadata.namespace));
    // What is decided on an old copy must not create anything: the attempt may be over and its Pod gone.
    const isFresh = fresh?.metadata.uid === uid && (written !== undefined || isSameVersion(fresh, job));
    if (fresh === undefined || !isFresh) return 'not needed';
    if (agent === undefined || backend === undefined) return 'not needed';
    const secret = questionSecret(fresh);
    try {
      if (secret !== undefined) await client.create(SECRETS, secret, secret.metadata.namespace).catch(unlessExists);
      const pod = runnerPod(fresh, attempt.number, agent, backend, settings);
      await client.create(PODS, pod, fresh.metadata.namespace, { beforeSend: () => this.#assertNotStopped() });
    } catch (error) {
      // The stop has enqueued the job, which then ends.
      if (error instanceof StoppedError) return 'not needed';
      if (isAlreadyExists(error)) return 'not needed';
      if (!(error instanceof ApiError) || error.code === 429 || error.code >= 500) throw error;
      logger.warn({ err: error, job: job.metadata.name, namespace: job.metadata.namespace }, 'Pod refused');
      const message = `The API server refused the runner Pod: ${error.message.replace(/[.\s]*$/, '.')}`;
      const why = { reason: STARTED_REASON.podRefused, message, isFinal: isInvalid(error) };
      refusals.add(written ?? job, why, this.#now());
      return 'refused';
    }
    refusals.forget(keyOf(job));
    return 'created';
  }

  /** At the last moment before a Pod is asked for: no Pod is made once a stop is known. */
  #assertNotStopped(): void {
    const stop = this.#parts.stop();
    if (stop !== undefined) throw new StoppedError(stop.reason);
  }

  /** Pods whose job is gone, or was made again under its name, are let go. */
  async #releaseOrphans(key: string, job: RuneJob | undefined): Promise<void> {
    const { client, pods, slots } = this.#parts;
    const isForeign = (pod: Pod) => hasResultFinalizer(pod) && (job === undefined || !isOwnPod(pod, job));
    const orphans = pods.by('jobKey', key).filter(isForeign);
    if (orphans.length === 0) return;
    const { namespace, name } = splitKey(key);
    const live = await client.get(RUNE_JOBS, name, namespace);
    for (const pod of orphans) {
      if (live !== undefined && isOwnPod(pod, live)) continue;
      // In this order: one that is let go first and not deleted would run on with nobody to end it.
      if (pod.metadata.deletionTimestamp === undefined) await this.#removePod(pod);
      await releasePod(client, pod);
    }
    slots.refresh();
  }

  async #removePod(pod: Pod, grace: { gracePeriodSeconds?: number } = {}): Promise<void> {
    const { name = '', namespace, uid = '' } = pod.metadata;
    await this.#parts.client.remove(PODS, name, namespace, { uid, ...grace });
  }

  async #removeJob(job: RuneJob): Promise<void> {
    const { name = '', namespace, uid = '', resourceVersion = '' } = job.metadata;
    const options = { uid, resourceVersion, propagationPolicy: 'Background' } as const;
    await this.#parts.client.remove(RUNE_JOBS, name, namespace, options);
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }
}

function unlessExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}

function isLost(pod: Pod, now: number): boolean {
  const state = podState(pod, undefined, now);
  return state.kind === 'ended' && state.ended.lost;
}

function isSameVersion(a: RuneJob | undefined, b: RuneJob): boolean {
  return a?.metadata.resourceVersion === b.metadata.resourceVersion;
}
