import { STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { keyOf } from '../kube/key.ts';
import { shorten } from '../sentence.ts';
import { currentAttempt } from './attempts.ts';

/** Why the Pod of an attempt could not be created. */
export type Refusal = {
  reason: StartedReason;
  message: string;
  /** When to try again, in milliseconds since the epoch. */
  retryTime: number;
  /** Trying again cannot help: the Pod itself is wrong. */
  isFinal: boolean;
};

type Kept = Refusal & { uid: string; attempt: number; count: number };

const FIRST_RETRY_MILLISECONDS = 5_000;
const LAST_RETRY_MILLISECONDS = 300_000;
const MAX_MESSAGE = 1000;

/** Pods that were refused, by job, with a backoff that doubles. In memory only: a new leader simply tries again. */
export class Refusals {
  readonly #kept = new Map<string, Kept>();

  /** The refusal of the attempt in progress. */
  of(job: RuneJob): Refusal | undefined {
    const kept = this.#kept.get(keyOf(job));
    const isCurrent = kept?.uid === job.metadata.uid && kept?.attempt === currentAttempt(job)?.number;
    return isCurrent ? kept : undefined;
  }

  /** Whether the job has to wait before it is tried again. */
  isPending(job: RuneJob, now: number): boolean {
    const refusal = this.of(job);
    return refusal !== undefined && now < refusal.retryTime;
  }

  add(job: RuneJob, why: { reason: StartedReason; message: string; isFinal?: boolean }, now: number): void {
    const before = this.#kept.get(keyOf(job));
    const isAgain = before?.uid === job.metadata.uid && before?.reason === why.reason;
    // A name that is taken is free from one moment to the next; a quota is not.
    const count = isAgain && why.reason === STARTED_REASON.podRefused ? before.count + 1 : 1;
    const delay = Math.min(FIRST_RETRY_MILLISECONDS * 2 ** (count - 1), LAST_RETRY_MILLISECONDS);
    this.#kept.set(keyOf(job), {
      reason: why.reason,
      message: shorten(why.message, MAX_MESSAGE),
      isFinal: why.isFinal ?? false,
      retryTime: now + delay,
      uid: job.metadata.uid ?? '',
      attempt: currentAttempt(job)?.number ?? (job.status?.attempt ?? 0) + 1,
      count,
    });
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
