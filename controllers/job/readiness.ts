import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION, STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { sentence } from '../sentence.ts';
import { hasFixtures } from './fixtures.ts';

export type NotReady = {
  reason: StartedReason;
  message: string;
  /** It can never become ready, since the job's spec is immutable. */
  isFinal?: true;
};

/** Why the job's agent or backend cannot be used now; undefined when both can. */
export function readiness(
  job: RuneJob,
  agent: RuneAgent | undefined,
  backend: RuneBackend | undefined,
): NotReady | undefined {
  const agentName = job.spec.agent.ref.name;
  if (agent === undefined) {
    const message = `There is no RuneAgent "${agentName}": create it, or name one of \`kubectl get runeagents\`.`;
    return { reason: STARTED_REASON.agentNotFound, message };
  }
  if (agent.spec.openai === undefined && agent.spec.container === undefined) {
    const why = agent.spec.unavailable?.reason ?? 'it names no way to call it';
    return {
      reason: STARTED_REASON.agentNotCallable,
      message: sentence(`RuneAgent "${agentName}" cannot be called`, why),
    };
  }
  return accountMissing(job, agent) ?? backendTrouble(job, backend);
}

function accountMissing(job: RuneJob, agent: RuneAgent): NotReady | undefined {
  const { serviceAccountName, fixtureTokenSecret } = job.spec.pod ?? {};
  if (serviceAccountName !== undefined) return undefined;
  const final = { reason: STARTED_REASON.serviceAccountRequired, isFinal: true } as const;
  if (agent.spec.needsKubernetes) {
    const message = `RuneAgent "${job.spec.agent.ref.name}" looks at a cluster: create the job again with spec.pod.serviceAccountName, the account of this namespace that it looks with.`;
    return { ...final, message };
  }
  if (!hasFixtures(job) || fixtureTokenSecret !== undefined) return undefined;
  const message =
    'The question has fixtures, and nobody may make them: create the job again with spec.pod.serviceAccountName or spec.pod.fixtureTokenSecret.';
  return { ...final, message };
}

function backendTrouble(job: RuneJob, backend: RuneBackend | undefined): NotReady | undefined {
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
