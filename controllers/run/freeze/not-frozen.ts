import type { RunStartedReason } from '../../../crds/names.ts';

/** Why a run's content cannot be frozen. */
export type NotFrozen = {
  reason: RunStartedReason;
  /** One or more sentences that tell what to do. */
  message: string;
  /** Waiting does not help: the run ends with it. */
  isFinal: boolean;
};

/** Thrown by the parts of freeze.ts, which answers with it. */
export class NotFrozenError extends Error {
  override readonly name = 'NotFrozenError';
  readonly why: NotFrozen;

  constructor(why: NotFrozen) {
    super(why.message);
    this.why = why;
  }
}

export function waitFor(reason: RunStartedReason, message: string): never {
  throw new NotFrozenError({ reason, message, isFinal: false });
}

export function refuse(reason: RunStartedReason, message: string): never {
  throw new NotFrozenError({ reason, message, isFinal: true });
}
