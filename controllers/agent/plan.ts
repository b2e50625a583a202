import { isDeepStrictEqual } from 'node:util';
import { findCondition, setCondition } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneAgent } from '../../crds/types.ts';

export type AgentStatus = NonNullable<RuneAgent['status']>;
export type AgentPlan = {
  /** Undefined when the object says all of it already. */
  status?: AgentStatus;
  events: { type: 'Normal'; reason: string; message: string }[];
};

/**
 * What is to be said about an entry of the catalogue. The schema has checked it, so it is always Ready; whether there is
 * something to call is another matter.
 * @param now RFC 3339
 */
export function planAgent(agent: RuneAgent, now: string): AgentPlan {
  const observedGeneration = agent.metadata.generation ?? 0;
  const before = agent.status?.conditions ?? [];
  const ready = { type: CONDITION.ready, observedGeneration, ...READY };
  const callable = { type: CONDITION.callable, observedGeneration, ...callability(agent) };
  const conditions = setCondition(setCondition(before, ready, now), callable, now);
  if (isDeepStrictEqual(agent.status, { observedGeneration, conditions })) return { events: [] };
  const isNews = findCondition(before, CONDITION.callable)?.status !== callable.status;
  const { reason, message } = callable;
  return { status: { observedGeneration, conditions }, events: isNews ? [{ type: 'Normal', reason, message }] : [] };
}

const READY = { status: 'True', reason: 'Accepted', message: 'The entry is valid.' } as const;
const CALLABLE = { status: 'True', reason: 'Callable' } as const;

function callability({ spec }: RuneAgent) {
  if (spec.unavailable !== undefined) {
    const { reason, since } = spec.unavailable;
    return { status: 'False', reason: 'Unavailable', message: `As of ${since}: ${reason}` } as const;
  }
  const by = spec.needsKubernetes ? ' by jobs with spec.pod.serviceAccountName' : '';
  return { ...CALLABLE, message: `The agent can be asked${by}.` };
}
