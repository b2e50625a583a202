import type { Logger } from 'pino';
import { jobName } from '../../crds/cases.ts';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION, LABEL, RUN_STARTED_REASON, RUNE_BENCHMARK } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob, RuneRun } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import type { ReconcileResult } from '../controller.ts';
import { type EmergencyStop, heldMessage } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError, isAlreadyExists } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { splitKey } from '../kube/key.ts';
import { type KubeObject, PODS, RUNE_JOBS, RUNE_RUNS } from '../kube/resource.ts';
import type { Change, Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import { OwnWrites } from '../own-writes.ts';
import { ownerReference } from '../owner-reference.ts';
import { archiveStep } from './archive/plan.ts';
import { type ArchiveSettings, archivePod } from './archive/pod.ts';
import type { FreezeResult, Frozen } from './freeze/freeze.ts';
import type { Freezer } from './freeze/freezer.ts';
import { jobOfCase } from './job-of-case.ts';
import { type Plan, plan } from './plan.ts';
import { RunState } from './run-state.ts';
import { startDeadline, suspendedMessage } from './start.ts';
import * as status from './status.ts';
import { type Story, stories } from './stories.ts';

export type RunReconcilerParts = {
  client: Pick<KubeClient, 'get' | 'create' | 'patch' | 'patchStatus' | 'remove' | 'removeAll'>;
  /** Indexed by `namespace`. */
  runs: Cache<RuneRun>;
  /** Indexed by `runUid`. */
  jobs: Cache<RuneJob>;
  agents: Cache<RuneAgent>;
  backends: Cache<RuneBackend>;
  /** Of Pods that archive runs, indexed by `runUid`. */
  archivePods: Cache<Pod>;
  settings: ArchiveSettings;
  freezer: Pick<Freezer, 'prepare' | 'commit' | 'load' | 'forget'>;
  events: Pick<EventRecorder, 'record'>;
  /** The emergency stop that is in force now. */
  stop: () => EmergencyStop | undefined;
  logger: Logger;
  clock: Clock;
};

type Cache<T extends KubeObject> = Pick<Informer<T>, 'get' | 'by'>;

/** ConfigMaps are not watched. */
const LOOK_AGAIN_MILLISECONDS = 30_000;
/** A job that was made and is not in the cache after so long is looked for at the API server. */
const UNSEEN_MILLISECONDS = 10_000;
const CREATIONS_AT_ONCE = 16;

/** Looks at one RuneRun and does what is next: freeze it, make its jobs, write down what they found, end it. */
export class RunReconciler {
  readonly #parts: RunReconcilerParts;
  readonly #own = new OwnWrites<RuneRun>((run) => run);
  /** By uid, of runs that have started and not finished. */
  readonly #states = new Map<string, RunState>();
  /** Of the run that was last seen under each key. */
  readonly #uids = new Map<string, string>();

  constructor(parts: RunReconcilerParts) {
    this.#parts = parts;
  }

  /** Takes in a change of a RuneJob that belongs to a run. */
  observe({ type, object }: Change<RuneJob>): void {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
    this.#states.get(owner?.uid ?? '')?.progress.observe(type, object);
  }

  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const { namespace, name } = splitKey(key);
    const run = this.#own.newest(key, this.#parts.runs.get(namespace, name));
    if (run === undefined || run.metadata.deletionTimestamp !== undefined) {
      this.#forget(key, undefined);
      return undefined;
    }
    this.#forget(key, run.metadata.uid);
    if (isTrue(run.status?.conditions, CONDITION.finished)) return await this.#afterwards(key, run);
    if (isTrue(run.status?.conditions, CONDITION.started)) return await this.#goOn(key, run);
    return await this.#begin(key, run);
  }

  async #begin(key: string, run: RuneRun): Promise<ReconcileResult | undefined> {
    const { stop, freezer, agents, backends, runs } = this.#parts;
    const { namespace = '' } = run.metadata;
    if (run.spec.cancel) {
      const message = 'spec.cancel was set before the run started.';
      const why = { reason: RUN_STARTED_REASON.cancelled, message };
      await this.#write(key, run, status.neverStarted(run, why, 'Cancelled', run.status?.estimate, this.#now()));
      return undefined;
    }
    const held = stop();
    if (held !== undefined) {
      const why = { reason: RUN_STARTED_REASON.emergencyStop, message: heldMessage(held) };
      await this.#write(key, run, status.waiting(run, why, run.status?.estimate, this.#now()));
      return undefined;
    }
    const catalogue = {
      agent: (name: string) => agents.get(undefined, name),
      backend: (name: string) => backends.get(namespace, name),
    };
    const found = await freezer.prepare({ run, catalogue, runs: runs.by('namespace', namespace) });
    if (run.spec.suspend) return await this.#suspend(key, run, found);
    if (found.kind === 'not frozen') return await this.#wait(key, run, found);
    return await this.#start(key, run, found);
  }

  async #suspend(key: string, run: RuneRun, found: FreezeResult): Promise<ReconcileResult> {
    const estimate = found.kind === 'frozen' ? found.frozen.estimate : undefined;
    const why = { reason: RUN_STARTED_REASON.suspended, message: suspendedMessage(found) };
    await this.#write(key, run, status.waiting(run, why, estimate, this.#now()));
    return { requeueAfterMilliseconds: LOOK_AGAIN_MILLISECONDS };
  }

  async #wait(
    key: string,
    run: RuneRun,
    found: Extract<FreezeResult, { kind: 'not frozen' }>,
  ): Promise<ReconcileResult | undefined> {
    const now = this.#now();
    const { reason, message, isFinal } = found;
    const deadline = startDeadline(run, found.startDeadlineSeconds, now);
    if (isFinal || now >= deadline) {
      const late = `The run waited until its start deadline (jobTemplate.startDeadlineSeconds). ${message}`;
      const why = isFinal ? { reason, message } : { reason: RUN_STARTED_REASON.startDeadlineExceeded, message: late };
      await this.#write(key, run, status.neverStarted(run, why, 'NotStarted', undefined, now));
      return undefined;
    }
    await this.#write(key, run, status.waiting(run, { reason, message }, undefined, now));
    return { requeueAfterMilliseconds: Math.min(LOOK_AGAIN_MILLISECONDS, deadline - now) };
  }

  async #start(key: string, run: RuneRun, found: Frozen): Promise<ReconcileResult | undefined> {
    const adopted = await this.#adopt(key, run, found);
    const committed = await this.#parts.freezer.commit(adopted, found);
    if (committed.kind === 'not frozen') return await this.#wait(key, adopted, committed);
    // What was frozen first counts, which may be something else than what was found now.
    const { frozen } = committed;
    await this.#write(key, adopted, status.started(adopted, frozen, frozen.estimate, this.#now()));
    return { requeueAfterMilliseconds: 0 };
  }

  /** A run by hand goes with its benchmark, too. */
  async #adopt(key: string, run: RuneRun, { frozen }: Frozen): Promise<RuneRun> {
    const { name = '', namespace, resourceVersion = '', ownerReferences = [], uid = '' } = run.metadata;
    const { benchmark } = frozen;
    if (ownerReferences.some((owner) => owner.uid === benchmark.uid)) return run;
    const own = ownerReference({ metadata: benchmark }, RUNE_BENCHMARK);
    const isOwned = ownerReferences.some(({ controller }) => controller);
    const metadata = {
      ownerReferences: [...ownerReferences, { ...own, controller: !isOwned }],
      labels: { [LABEL.benchmark]: benchmark.name },
    };
    const adopted = await this.#parts.client.patch(RUNE_RUNS, name, namespace, { metadata }, { uid, resourceVersion });
    this.#own.remember(key, adopted);
    return adopted;
  }

  async #goOn(key: string, run: RuneRun): Promise<ReconcileResult | undefined> {
    const state = await this.#stateOf(run);
    if (state === undefined) return await this.#endWithoutContent(key, run);
    await this.#lookForUnseen(run, state);
    const now = this.#now();
    const { frozen, progress, refusal } = state;
    const { namespace = '' } = run.metadata;
    const observed = {
      run,
      frozen,
      progress,
      cells: () => state.cells(),
      baseline: this.#parts.runs.get(namespace, frozen.baseline?.name ?? ''),
      stop: this.#parts.stop(),
      refusal,
      maxJobsOf: (backend: string) => this.#parts.backends.get(namespace, backend)?.spec.maxConcurrentJobs ?? 1,
      writtenAt: state.writtenAt,
    };
    const decided = plan(observed, now);
    return await this.#apply(key, run, state, decided, now);
  }

  async #apply(
    key: string,
    run: RuneRun,
    state: RunState,
    decided: Plan,
    now: number,
  ): Promise<ReconcileResult | undefined> {
    if (decided.status !== undefined) {
      await this.#write(key, run, decided.status, decided.stories);
      state.writtenAt = now;
    }
    await this.#createJobs(run, state, decided.createJobs);
    for (const name of decided.cancelJobs) await this.#cancelJob(run, name);
    const isRefused = state.refusal !== undefined && decided.createJobs.length > 0;
    const waits = [
      decided.requeueAfterMilliseconds,
      state.progress.isAnyUnseen ? UNSEEN_MILLISECONDS : undefined,
      isRefused ? 0 : undefined,
    ].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMilliseconds: Math.min(...waits) };
  }

  async #createJobs(run: RuneRun, state: RunState, indexes: readonly number[]): Promise<void> {
    for (let from = 0; from < indexes.length; from += CREATIONS_AT_ONCE) {
      const some = indexes.slice(from, from + CREATIONS_AT_ONCE);
      // All are waited for, so that none that was made goes unnoticed when another one fails.
      const results = await Promise.allSettled(some.map((index) => this.#createJob(run, state, index)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (state.refusal !== undefined) return;
    }
  }

  async #createJob(run: RuneRun, state: RunState, index: number): Promise<void> {
    const { client, stop, logger } = this.#parts;
    if (stop() !== undefined) return;
    const job = jobOfCase(run, state.frozen, index);
    try {
      // What the schema adds is what was frozen, and more; the type is that of what is read.
      await client.create(RUNE_JOBS, job as RuneJob, run.metadata.namespace);
      state.made(index, this.#now());
    } catch (error) {
      if (isAlreadyExists(error)) return await this.#resolveTaken(run, state, index);
      if (!(error instanceof ApiError) || error.code === 429 || error.code >= 500) throw error;
      logger.warn({ err: error, run: run.metadata.name, namespace: run.metadata.namespace }, 'RuneJob refused');
      state.refused(error.message, this.#now());
    }
  }

  /** A job of the name is there: ours from before a restart, or something that will never be this case. */
  async #resolveTaken(run: RuneRun, state: RunState, index: number): Promise<void> {
    const { client, events } = this.#parts;
    const name = jobName(run.metadata.name ?? '', index);
    const job = await client.get(RUNE_JOBS, name, run.metadata.namespace);
    if (job === undefined) return;
    if (job.metadata.ownerReferences?.some(({ uid }) => uid === run.metadata.uid)) {
      state.made(index, this.#now());
      return;
    }
    state.progress.lost(index);
    const message = `RuneJob "${name}" is there already and belongs to something else, so that its case cannot be measured: delete it before the next run of this name.`;
    events.record(run, 'Warning', 'JobNameTaken', message);
  }

  async #cancelJob(run: RuneRun, name: string): Promise<void> {
    const { client, jobs } = this.#parts;
    const uid = jobs.get(run.metadata.namespace, name)?.metadata.uid;
    if (uid === undefined) return;
    try {
      await client.patch(RUNE_JOBS, name, run.metadata.namespace, { spec: { cancel: true } }, { uid });
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }

  async #lookForUnseen(run: RuneRun, state: RunState): Promise<void> {
    const { client } = this.#parts;
    for (const index of state.progress.unseenSince(this.#now() - UNSEEN_MILLISECONDS)) {
      const job = await client.get(RUNE_JOBS, jobName(run.metadata.name ?? '', index), run.metadata.namespace);
      const isOwn = job?.metadata.ownerReferences?.some(({ uid }) => uid === run.metadata.uid);
      if (job === undefined || !isOwn) state.progress.lost(index);
      else state.progress.observe('modified', job);
    }
  }

  /** Undefined when what the run froze is gone. */
  async #stateOf(run: RuneRun): Promise<RunState | undefined> {
    const uid = run.metadata.uid ?? '';
    const known = this.#states.get(uid);
    if (known !== undefined) return known;
    const frozen = await this.#parts.freezer.load(run);
    if (frozen === undefined) return undefined;
    // Nothing is waited for between reading the cache and following its changes.
    const state = new RunState(run, frozen, this.#parts.jobs.by('runUid', uid));
    this.#states.set(uid, state);
    return state;
  }

  async #endWithoutContent(key: string, run: RuneRun): Promise<undefined> {
    await this.#removeJobs(run);
    const message = `The ControllerRevision "${run.status?.pinned?.revision}" is gone, which holds what the run asks: create another run, and leave what runs own alone.`;
    const regressed = { status: 'Unknown', reason: 'RunFailed', message } as const;
    const judged = { criteria: { ...regressed, status: 'False' as const }, regressed };
    const end = { outcome: 'ContentLost', message } as const;
    const after = status.finished(run, run.status ?? {}, end, judged, false, this.#now());
    await this.#write(key, run, after);
  }

  async #afterwards(key: string, run: RuneRun): Promise<ReconcileResult | undefined> {
    this.#forget(key, undefined);
    const waits = [await this.#archive(key, run), await this.#removeOldJobs(run)].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMilliseconds: Math.min(...waits) };
  }

  /** @returns in how many milliseconds to look again */
  async #archive(key: string, run: RuneRun): Promise<number | undefined> {
    const { client, archivePods, settings } = this.#parts;
    const now = this.#now();
    const isStopped = this.#parts.stop() !== undefined;
    const step = archiveStep(run, archivePods.by('runUid', run.metadata.uid ?? ''), isStopped, now);
    switch (step.kind) {
      case 'nothing':
        return undefined;
      case 'wait':
        return step.milliseconds;
      case 'create':
        await client
          .create(PODS, archivePod(run, step.attempt, settings), run.metadata.namespace)
          .catch(unlessAlreadyExists);
        break;
      case 'record':
        await this.#write(key, run, status.archived(run, step.verdict, step.archive, now));
    }
    if (step.remove !== undefined) await this.#removePod(step.remove);
    return undefined;
  }

  async #removePod({ metadata }: Pod): Promise<void> {
    const { name = '', namespace, uid = '' } = metadata;
    await this.#parts.client.remove(PODS, name, namespace, { uid });
  }

  /** The jobs of a run are kept for a while after its end; each says for how long. */
  async #removeOldJobs(run: RuneRun): Promise<number | undefined> {
    const [job] = this.#parts.jobs.by('runUid', run.metadata.uid ?? '');
    const ttlSeconds = job?.spec.ttlSecondsAfterFinished;
    if (ttlSeconds === undefined) return undefined;
    const left = Date.parse(run.status?.completionTime ?? '') + ttlSeconds * 1000 - this.#now();
    if (left > 0) return left;
    await this.#removeJobs(run);
    return LOOK_AGAIN_MILLISECONDS;
  }

  async #removeJobs({ metadata }: RuneRun): Promise<void> {
    await this.#parts.client.removeAll(RUNE_JOBS, metadata.namespace ?? '', `${LABEL.runUid}=${metadata.uid}`);
  }

  async #write(key: string, run: RuneRun, after: status.RunStatus, told?: readonly Story[]): Promise<void> {
    const { client, events } = this.#parts;
    const { name = '', namespace, resourceVersion = '' } = run.metadata;
    const patch = mergePatch(run.status ?? {}, after);
    if (patch === undefined) return;
    const written = await client.patchStatus(RUNE_RUNS, name, namespace, patch, resourceVersion);
    this.#own.remember(key, written);
    for (const { type, reason, message } of told ?? stories(run, after)) events.record(written, type, reason, message);
  }

  /** Drops what is kept of runs that were under this key, all but that of `uid`. */
  #forget(key: string, uid: string | undefined): void {
    const known = this.#uids.get(key);
    if (known !== undefined && known !== uid) {
      this.#states.delete(known);
      this.#parts.freezer.forget(known);
    }
    if (uid === undefined) this.#uids.delete(key);
    else this.#uids.set(key, uid);
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }
}

function unlessAlreadyExists(error: unknown): void {
  if (!isAlreadyExists(error)) throw error;
}

/** Whether a run has not started yet, so that what it waits for may be there now. */
export function isWaiting({ status: { conditions } = {} }: RuneRun): boolean {
  return !isTrue(conditions, CONDITION.finished) && findCondition(conditions, CONDITION.started)?.status !== 'True';
}
