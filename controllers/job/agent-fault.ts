import type { ReportReason } from '../../crds/report.ts';
import { sentence } from '../sentence.ts';
import { isAgentVolume } from './agent-container.ts';
import { isEviction } from './eviction.ts';
import type { PodEnd } from './pod-state.ts';

export type AgentFault = { reason: string; message: string };

/** What a runner says when the agent's container is no longer what it was. Why, only the Pod's status tells. */
const GONE: ReadonlySet<string> = new Set<ReportReason>([
  'AgentRestarted',
  'AgentNotReady',
  'AgentFailed',
  'AgentProtocol',
  'AgentOutOfMemory',
]);

/** Those where the end of the container is all that there is to say. */
const ENDED: ReadonlySet<string> = new Set<ReportReason>(['AgentRestarted', 'AgentNotReady']);

/**
 * Whether Kubernetes may yet tell more than it has. What it knows of the container's earlier ends must be taken at once: it
 * forgets them when the Pod has ended.
 */
export function mayTellMore(report: { reason: string } | undefined, { agent }: PodEnd): boolean {
  if (report === undefined || report.reason === 'Terminated') return true;
  return GONE.has(report.reason) && agent?.lastEnd === undefined;
}

/** What Kubernetes knows better than a report of AgentError: why the agent's container went away. */
export function faultBehindReport({ reason, message }: AgentFault, end: PodEnd): AgentFault | undefined {
  if (end.agent === undefined || !GONE.has(reason)) return undefined;
  const known = diskFault(end) ?? memoryFault(end);
  if (known !== undefined) return known;
  const { lastEnd } = end.agent;
  if (lastEnd === undefined || !ENDED.has(reason)) return undefined;
  return { reason, message: `${message} ${sentence("The agent's container ended with", lastEnd)}`.trim() };
}

/** Whether a report of AgentError tells only that the agent's container went away, and that was not the agent's doing. */
export function wasTakenAway({ reason }: { reason: string }, end: PodEnd): boolean {
  if (end.agent === undefined || !GONE.has(reason)) return false;
  if ((diskFault(end) ?? memoryFault(end)) !== undefined) return false;
  return end.agent.wasLost || (isEviction(end.reason) && end.agent.lastEnd === undefined);
}

/** Why there is no result, where that is the agent's own doing; undefined where it is not. */
export function faultWithoutReport(end: PodEnd): AgentFault | undefined {
  const { agent } = end;
  if (agent === undefined) return undefined;
  const full = diskFault(end);
  if (full !== undefined || end.hadStarted || !agent.isCrashing || isEviction(end.reason)) return full;
  if (agent.wasOutOfMemory) return memoryFault(end);
  return {
    reason: 'AgentCrashed',
    message: sentence("The agent's container ended again and again before it could be asked", agent.lastEnd ?? ''),
  };
}

function memoryFault({ agent }: PodEnd): AgentFault | undefined {
  if (!agent?.wasOutOfMemory) return undefined;
  const message = `The agent ran out of memory (limit: ${agent.memoryLimit}): raise spec.container.resources.limits.memory of the RuneAgent.`;
  return { reason: 'AgentOutOfMemory', message };
}

/** The kubelet evicts a Pod that has filled more of the disk than it may, and says in words which bound that was. */
function diskFault({ agent, detail }: PodEnd): AgentFault | undefined {
  if (agent === undefined) return undefined;
  const volume = /Usage of EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)"/.exec(detail);
  if (volume !== null) {
    const [, name = '', limit = ''] = volume;
    return isAgentVolume(name) ? full(`its volume "${name}" above ${limit}`) : undefined;
  }
  const container = /Container agent exceeded its local ephemeral storage limit "([^"]+)"/.exec(detail);
  if (container !== null) return full(`its container above ${container[1]}, ${RAISE}`);
  const pod = /Pod ephemeral local storage usage exceeds the total limit of containers (\S+?)\.?(\s|$)/.exec(detail);
  return pod === null ? undefined : full(`its container and its volumes above ${pod[1]}, ${RAISE}`);
}

const RAISE = 'which spec.container.resources.limits.ephemeral-storage of the RuneAgent raises';

function full(what: string): AgentFault {
  return { reason: 'AgentDiskFull', message: `The agent filled the disk: ${what}.` };
}
