import { findCondition } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { FreezeResult } from './freeze/freeze.ts';
import { dollars } from './summary.ts';

/**
 * Until when a run may wait for what it needs, in milliseconds since the epoch: counted from its creation, or from when
 * it was let go.
 */
export function startDeadline({ metadata, status }: RuneRun, seconds: number, now: number): number {
  const suspended = findCondition(status?.conditions, CONDITION.suspended);
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const resumed = suspended?.status === 'True' ? now : Date.parse(suspended?.lastTransitionTime ?? '');
  return Math.max(created || 0, resumed || 0) + seconds * 1000;
}

/** What a suspended run says: that it waits, and what it would cost. */
export function suspendedMessage(found: FreezeResult): string {
  const waits = 'The run waits until spec.suspend is false.';
  if (found.kind === 'not frozen') return `${waits} It could not start now: ${found.message}`;
  const { estimate } = found.frozen;
  if (estimate === undefined) return `${waits} What it will cost cannot be estimated.`;
  const { lowMicroUSD = 0, expectedMicroUSD = 0, highMicroUSD = 0, jobs = 0 } = estimate;
  const range = `${dollars(lowMicroUSD)} to ${dollars(highMicroUSD)}`;
  return `${waits} Its ${jobs} jobs are expected to cost ${dollars(expectedMicroUSD)} (${range}).`;
}
