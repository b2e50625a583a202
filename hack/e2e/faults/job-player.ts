import { ApiError } from '../../../controllers/kube/errors.ts';
import { RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import type { Informer } from '../../../controllers/kube/watch.ts';
import { caseIndex } from '../../../crds/cases.ts';
import { LABEL, type Outcome } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import type { Admin } from './admin.ts';

export type Played = { cell: number; question: number; trial: number };
export type Ending = { outcome: Outcome; costMicroUSD: number; milliseconds: number; inputTokens: number };

/** In the place of the job controller: ends each RuneJob of a namespace as it is told, or when it is cancelled. */
export class JobPlayer {
  readonly jobs: Informer<RuneJob>;
  readonly #admin: Admin;
  /** Undefined lets the job go on. */
  readonly #endingOf: (at: Played) => Ending | undefined;
  readonly #writes = new Map<string, Promise<void>>();

  private constructor(admin: Admin, jobs: Informer<RuneJob>, endingOf: (at: Played) => Ending | undefined) {
    this.#admin = admin;
    this.jobs = jobs;
    this.#endingOf = endingOf;
    jobs.onChange(({ type, object }) => {
      if (type !== 'deleted') this.#play(object);
    });
    this.playAll();
  }

  static async start(admin: Admin, namespace: string, endingOf: (at: Played) => Ending | undefined) {
    return new JobPlayer(admin, await admin.informer({ resource: RUNE_JOBS, namespace }), endingOf);
  }

  /** Asks again how those end that still go on. */
  playAll(): void {
    for (const job of this.jobs.all()) this.#play(job);
  }

  #play(job: RuneJob): void {
    const uid = job.metadata.uid ?? '';
    if (job.status?.outcome !== undefined || this.#writes.has(uid)) return;
    const ending = job.spec.cancel ? CANCELLED : this.#endingOf(caseOf(job));
    if (ending === undefined) return;
    this.#writes.set(
      uid,
      this.#end(job, ending).finally(() => this.#writes.delete(uid)),
    );
  }

  async #end({ metadata }: RuneJob, ending: Ending): Promise<void> {
    const { name = '', namespace, resourceVersion = '' } = metadata;
    try {
      await this.#admin.client.patchStatus(RUNE_JOBS, name, namespace, statusOf(ending), resourceVersion);
    } catch (error) {
      // It changed meanwhile, and is seen again; or it was deleted.
      if (!(error instanceof ApiError) || (error.code !== 409 && error.code !== 404)) throw error;
    }
  }
}

const CANCELLED: Ending = { outcome: 'Cancelled', costMicroUSD: 0, milliseconds: 0, inputTokens: 0 };

function caseOf({ metadata: { labels = {} } }: RuneJob): Played {
  const number = (label: string) => Number(labels[label]);
  return { cell: number(LABEL.cell), question: number(LABEL.case), trial: number(LABEL.trial) };
}

function statusOf({ outcome, costMicroUSD, milliseconds, inputTokens }: Ending): NonNullable<RuneJob['status']> {
  const time = new Date().toISOString();
  const finished = {
    type: 'Finished',
    status: 'True',
    reason: outcome,
    message: 'It ended.',
    lastTransitionTime: time,
  };
  return {
    observedGeneration: 1,
    outcome,
    completionTime: time,
    usage: { inputTokens, outputTokens: 10, cachedTokens: 0, modelCalls: 1 },
    timings: { agentMilliseconds: milliseconds },
    costMicroUSD,
    load: 1,
    provenance: { agentGeneration: 3 },
    conditions: [finished],
  } as NonNullable<RuneJob['status']>;
}

/** An ending for each case of a run, the same whenever it is asked. */
export function knownEnding(at: Played, questions: number, trials: number): Ending {
  const index = caseIndex(at, { cells: 0, questions, trials });
  const outcome = KNOWN[(index * 3 + at.cell) % KNOWN.length] ?? 'Passed';
  return { outcome, costMicroUSD: 100 + index, milliseconds: 1000 + ((index * 37) % 500), inputTokens: 1000 + index };
}

const KNOWN: readonly Outcome[] = ['Passed', 'Passed', 'Failed', 'Passed', 'AgentError', 'AgentTimeout', 'Throttled'];
