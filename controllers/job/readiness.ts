import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION, STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { sentence } from './sentence.ts';

/** Why the job's agent or backend cannot be used now; undefined when both can. */
export function readiness(
  job: RuneJob,
  agent: RuneAgent | undefined,
  backend: RuneBackend | undefined,
): { reason: StartedReason; message: string } | undefined {
  const agentName = job.spec.agent.ref.name;
  if (agent === undefined) {
    const message = `There is no RuneAgent "${agentName}": create it, or name one of \`kubectl get runeagents\`.`;
    return { reason: STARTED_REASON.agentNotFound, message };
  }
  if (agent.spec.openai === undefined) {
    const why = agent.spec.unavailable?.reason ?? 'it names no way to call it';
    return {
      reason: STARTED_REASON.agentNotCallable,
      message: sentence(`RuneAgent "${agentName}" cannot be called`, why),
    };
  }
  const backendName = job.spec.model.backendRef.name;
  if (backend === undefined) {
    const message = `There is no RuneBackend "${backendName}" in this namespace: create it, or name one of \`kubectl get runebackends\`.`;
    return { reason: STARTED_REASON.backendNotFound, message };
  }
  const conditions = backend.status?.conditions;
  const isCurrent = backend.status?.observedGeneration === backend.metadata.generation;
  if (isTrue(conditions, CONDITION.ready) && isCurrent) return undefined;
  const why = isCurrent ? findCondition(conditions, CONDITION.ready)?.message : undefined;
  const message = sentence(`RuneBackend "${backendName}" is not ready`, why ?? 'it has not been probed yet');
  return { reason: STARTED_REASON.backendNotReady, message };
}
