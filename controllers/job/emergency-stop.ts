import { EMERGENCY_STOP, STARTED_REASON } from '../../crds/names.ts';
import type { ConfigMap } from '../kube/resource.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { shorten } from './sentence.ts';

/** An emergency stop that is in force. */
export type EmergencyStop = {
  /** Who or what called for it: the words of its ConfigMap, as a sentence without its end. */
  reason: string;
  /** What to do to release it, as a sentence. */
  release: string;
};

/** What was about to be done is not, since a stop came in between. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Less than Pods have otherwise: with what kubelet and operator take, a runner or an agent that ignores SIGTERM is gone within 10 s. */
export const STOP_GRACE_SECONDS = 5;

const MAX_REASON = 300;

/**
 * Reads the ConfigMap; undefined when nothing is stopped. It fails closed: all but "false" and nothing at all stop,
 * since who writes "yes" or "ture" in an emergency means it.
 */
export function emergencyStop(configMap: ConfigMap | undefined): EmergencyStop | undefined {
  const active = configMap?.data?.['active']?.trim().toLowerCase() ?? '';
  if (active === '' || active === 'false') return undefined;
  const said = (configMap?.data?.['reason'] ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.\s]+$/, '');
  const name = `${configMap?.metadata.namespace}/${EMERGENCY_STOP}`;
  return {
    reason: said === '' ? 'its reason was not given' : shorten(said, MAX_REASON),
    release: `It is released by data.active "false" in the ConfigMap ${name}, or by deleting that.`,
  };
}

export function heldMessage({ reason, release }: EmergencyStop): string {
  return `Held by the emergency stop: ${reason}. ${release}`;
}

export function stoppedMessage({ reason }: EmergencyStop): string {
  return `Stopped by the emergency stop: ${reason}.`;
}

/**
 * The end of an attempt that the stop caught: for good, unless it had ended the job by itself. What would have been
 * tried again is not: who stops everything must be able to rely on nothing of it coming back.
 */
export function stoppedEnd(end: AttemptEnd, message: string): AttemptEnd {
  const hasResult = end.report !== undefined && end.report.reason !== 'Terminated';
  const endsTheJob = end.next === 'finish' && (hasResult || end.outcome === 'Cancelled');
  if (endsTheJob) return end;
  return { ...end, outcome: 'Stopped', reason: STARTED_REASON.emergencyStop, message, next: 'finish' };
}
