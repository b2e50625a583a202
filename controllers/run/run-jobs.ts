import type { Logger } from 'pino';
import { jobName } from '../../crds/cases.ts';
import { LABEL } from '../../crds/names.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import type { EmergencyStop } from '../emergency-stop.ts';
import type { KubeClient } from '../kube/client.ts';
import { ApiError, isAlreadyExists, isConflict } from '../kube/errors.ts';
import type { EventRecorder } from '../kube/events.ts';
import { RUNE_JOBS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import { caseOfJob, jobOfCase } from './job-of-case.ts';
import type { RunState } from './run-state.ts';

export type RunJobsParts = {
  client: Pick<KubeClient, 'get' | 'create' | 'patch' | 'removeAll'>;
  jobs: Pick<Informer<RuneJob>, 'get'>;
  events: Pick<EventRecorder, 'record'>;
  stop: () => EmergencyStop | undefined;
  logger: Logger;
  clock: Clock;
};

/** A job that was made and is not in the cache after so long is looked for at the API server. */
export const UNSEEN_MILLISECONDS = 10_000;
const CALLS_AT_ONCE = 16;

/** Makes, cancels, looks for and deletes the RuneJobs of runs. */
export class RunJobs {
  readonly #parts: RunJobsParts;

  constructor(parts: RunJobsParts) {
    this.#parts = parts;
  }

  /**
   * Makes the jobs of these cases, as far as the API server takes them; what became of each stands in the state.
   * @returns whether all of them are there now
   */
  async make(run: RuneRun, state: RunState, indexes: readonly number[]): Promise<boolean> {
    for (const some of inBatches(indexes)) {
      const results = await allDone(some.map((index) => this.#makeOne(run, state, index)));
      const refused = results.find((result) => result instanceof ApiError);
      // Once for all of them: it is one refusal, however many were sent side by side.
      if (refused !== undefined) state.refused(refused.message, this.#now());
      if (results.some((result) => result !== 'made')) return false;
    }
    return true;
  }

  async cancel(run: RuneRun, names: readonly string[]): Promise<void> {
    for (const some of inBatches(names)) await allDone(some.map((name) => this.#cancelOne(run, name)));
  }

  /** Asks the API server for jobs that were made and that the cache does not show. */
  async lookForUnseen(run: RuneRun, state: RunState): Promise<void> {
    const { client } = this.#parts;
    const { name = '', namespace } = run.metadata;
    const look = async (index: number) => {
      const job = await client.get(RUNE_JOBS, jobName(name, index), namespace);
      if (job !== undefined && caseOfJob(job, run, state.frozen) === index) state.progress.observe('modified', job);
      else state.progress.lost(index);
    };
    const unseen = state.progress.unseenSince(this.#now() - UNSEEN_MILLISECONDS);
    for (const some of inBatches(unseen)) await allDone(some.map(look));
  }

  async remove({ metadata }: RuneRun): Promise<void> {
    await this.#parts.client.removeAll(RUNE_JOBS, metadata.namespace ?? '', `${LABEL.runUid}=${metadata.uid}`);
  }

  async #makeOne(run: RuneRun, state: RunState, index: number): Promise<'made' | 'not made' | ApiError> {
    const { client, stop, logger } = this.#parts;
    if (stop() !== undefined) return 'not made';
    const { name, namespace } = run.metadata;
    try {
      // What the schema adds is what was frozen, and more; the type is that of what is read.
      await client.create(RUNE_JOBS, jobOfCase(run, state.frozen, index) as RuneJob, namespace);
      state.made(index, this.#now());
      return 'made';
    } catch (error) {
      if (isAlreadyExists(error)) return await this.#resolveTaken(run, state, index, error);
      if (!isRefusal(error)) throw error;
      logger.warn({ err: error, run: name, namespace }, 'RuneJob refused');
      return error;
    }
  }

  /** A job of the name is there: ours, made before a restart, or something that will never be this case. */
  async #resolveTaken(run: RuneRun, state: RunState, index: number, error: ApiError): Promise<'made' | 'not made'> {
    const { client, events } = this.#parts;
    const name = jobName(run.metadata.name ?? '', index);
    const job = await client.get(RUNE_JOBS, name, run.metadata.namespace);
    // It is gone again: tried once more, after a pause.
    if (job === undefined) throw error;
    if (caseOfJob(job, run, state.frozen) === index) {
      state.made(index, this.#now());
      return 'made';
    }
    state.progress.lost(index);
    const message = `RuneJob "${name}" is there already and is not what this run asks, so that its case cannot be measured: delete it before the next run of this name.`;
    events.record(run, 'Warning', 'JobNameTaken', message);
    return 'not made';
  }

  async #cancelOne({ metadata: { namespace } }: RuneRun, name: string): Promise<void> {
    const { client, jobs } = this.#parts;
    const uid = jobs.get(namespace, name)?.metadata.uid;
    if (uid === undefined) return;
    try {
      await client.patch(RUNE_JOBS, name, namespace, { spec: { cancel: true } }, { uid });
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }
}

/** The API server does not want the job; busy servers, and quotas that several jobs meet at once, are not meant. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code < 500 && error.code !== 429 && !isConflict(error);
}

function* inBatches<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += CALLS_AT_ONCE) yield items.slice(from, from + CALLS_AT_ONCE);
}

/** All are waited for, so that nothing that was done goes unnoticed when another one fails. @throws what the first threw */
async function allDone<Result>(calls: readonly Promise<Result>[]): Promise<Result[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
