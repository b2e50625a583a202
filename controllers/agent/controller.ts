import type { Logger } from 'pino';
import type { RuneAgent } from '../../crds/types.ts';
import type { Clock } from '../clock.ts';
import { Controller } from '../controller.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import { splitKey } from '../kube/key.ts';
import { RUNE_AGENTS } from '../kube/resource.ts';
import type { Informer } from '../kube/watch.ts';
import type { Metrics } from '../metrics.ts';
import { planAgent } from './plan.ts';

type AgentParts = {
  client: Pick<KubeClient, 'patchStatus'>;
  agents: Pick<Informer<RuneAgent>, 'get'>;
  events: Pick<EventRecorder, 'record'>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
};

/** Keeps the status of each RuneAgent. Keys are names. */
export function agentController(parts: AgentParts): Controller {
  const { logger, metrics, clock } = parts;
  const reconcile = (key: string) => reconcileAgent(parts, key);
  return new Controller({ name: 'runeagent', workers: 1, reconcile, logger, metrics, clock });
}

async function reconcileAgent({ client, agents, events, clock }: AgentParts, key: string): Promise<undefined> {
  const { name } = splitKey(key);
  const agent = agents.get(undefined, name);
  if (agent === undefined || agent.metadata.deletionTimestamp !== undefined) return;
  const plan = planAgent(agent, clock.now().toISOString());
  if (plan.status === undefined) return;
  await client.patchStatus(RUNE_AGENTS, name, undefined, plan.status, agent.metadata.resourceVersion ?? '');
  for (const { type, reason, message } of plan.events) events.record(agent, type, reason, message);
}
