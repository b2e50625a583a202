import type { Logger } from 'pino';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION, LABEL, RUN_STARTED_REASON, RUNE_BENCHMARK } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob, RuneRun } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import type { ReconcileResult } from '../controller.ts';
import { type EmergencyStop, heldMessage } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { splitKey } from '../kube/key.ts';
import { type KubeObject, PODS, RUNE_RUNS } from '../kube/resource.ts';
import type { Change, Informer } from '../kube/watch.ts';
import { mergePatch } from '../merge-patch.ts';
import { OwnWrites } from '../own-writes.ts';
import { ownerReference } from '../owner-reference.ts';
import { archiveStep } from './archive/plan.ts';
import { type ArchiveSettings, archivePod } from './archive/pod.ts';
import type { FreezeResult, Frozen } from './freeze/freeze.ts';
import type { Freezer } from './freeze/freezer.ts';
import { inTurns } from './in-turns.ts';
import { type Plan, plan } from './plan.ts';
import { RunJobs, UNSEEN_MILLISECONDS } from './run-jobs.ts';
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

/** Looks at one RuneRun and does what is next: freeze it, make its jobs, write down what they found, end it. */
export class RunReconciler {
  readonly #parts: RunReconcilerParts;
  readonly #own = new OwnWrites<RuneRun>((run) => run);
  /** By uid, of runs that have started and not finished. */
  readonly #states = new Map<string, RunState>();
  readonly #jobs: RunJobs;
  /** Of the run that was last seen under each key. */
  readonly #uids = new Map<string, string>();

  constructor(parts: RunReconcilerParts) {
    this.#parts = parts;
    this.#jobs = new RunJobs(parts);
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
      const message = 'The run was cancelled (spec.cancel) before it started.';
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
    await this.#jobs.lookForUnseen(run, state);
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
    const decided = await inTurns(plan(observed, now));
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
    const isMade = await this.#jobs.make(run, state, decided.createJobs);
    await this.#jobs.cancel(run, decided.cancelJobs);
    const waits = [
      decided.requeueAfterMilliseconds,
      state.progress.isAnyUnseen ? UNSEEN_MILLISECONDS : undefined,
      // No change of the cache tells of jobs that were not made.
      isMade ? undefined : 0,
    ].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMilliseconds: Math.min(...waits) };
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
    await this.#jobs.remove(run);
    const message = `The ControllerRevision "${run.status?.pinned?.revision}" is gone, which holds what the run asks: create another run, and leave what runs own alone.`;
    const regressed = { status: 'Unknown', reason: 'RunFailed', message } as const;
    const judged = { criteria: { ...regressed, status: 'False' as const }, regressed };
    const end = { outcome: 'ContentLost', message } as const;
    const after = status.finished(run, run.status ?? {}, end, judged, false, this.#now());
    await this.#write(key, run, after);
  }

  async #afterwards(key: string, run: RuneRun): Promise<ReconcileResult | undefined> {
    this.#forget(key, undefined);
    if (run.status?.observedGeneration !== run.metadata.generation) {
      await this.#write(key, run, status.observed(run));
      return { requeueAfterMilliseconds: 0 };
    }
    const jobs = this.#parts.jobs.by('runUid', run.metadata.uid ?? '');
    // Of a job whose creation was not answered nobody knew when the run ended.
    const leftovers = jobs.filter(({ spec, status }) => status?.outcome === undefined && !spec.cancel);
    await this.#jobs.cancel(
      run,
      leftovers.map(({ metadata }) => metadata.name ?? ''),
    );
    const waits = [await this.#archive(key, run), await this.#removeOldJobs(run, jobs)].filter(
      (wait) => wait !== undefined,
    );
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
  async #removeOldJobs(run: RuneRun, jobs: readonly RuneJob[]): Promise<number | undefined> {
    const ttlSeconds = jobs[0]?.spec.ttlSecondsAfterFinished;
    if (ttlSeconds === undefined) return undefined;
    const left = Date.parse(run.status?.completionTime ?? '') + ttlSeconds * 1000 - this.#now();
    if (left > 0) return left;
    await this.#jobs.remove(run);
    return LOOK_AGAIN_MILLISECONDS;
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
