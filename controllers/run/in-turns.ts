import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Steps } from '../../crds/statistics/steps.ts';

/** Runs a calculation to its end, and lets others go on after each of its steps. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await othersTurn();
  }
}
