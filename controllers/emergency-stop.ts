import { EMERGENCY_STOP } from '../crds/names.ts';
import type { ConfigMap } from './kube/resource.ts';
import { shorten } from './sentence.ts';

/** An emergency stop that is in force. */
export type EmergencyStop = {
  /** Who or what called for it: the words of its ConfigMap, as a sentence without its end. */
  reason: string;
  /** What to do to release it, as a sentence. */
  release: string;
};

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
