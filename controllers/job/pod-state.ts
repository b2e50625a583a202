import { RUNNER_CONTAINER, STARTED_REASON, type StartedReason } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import { sentence } from '../sentence.ts';
import { type AgentState, agentState, agentWaiting } from './agent-state.ts';

/** How far an attempt's Pod is, by its runner container and not by its phase, which waits for sidecars. */
export type PodState =
  | { kind: 'waiting'; reason: StartedReason; message: string; isHopeless?: true }
  | { kind: 'running'; startedAt: number }
  | { kind: 'ended'; ended: PodEnd };

export type PodEnd = {
  /** The termination message of the runner container, if it wrote one. */
  message?: string;
  exitCode?: number;
  /** Why, in Kubernetes' words: OOMKilled, Error, Evicted, DeletionByTaintManager ... */
  reason: string;
  /** What Kubernetes says of it; may be empty. */
  detail: string;
  /** The runner container had been started. */
  hadStarted: boolean;
  /** Nobody will ever tell how it ended: its node is silent past all deadlines. */
  lost: boolean;
  imageID?: string;
  /** Of the container that the agent lives in, where it has one. */
  agent?: AgentState;
  /** Until when the Pod's status may still come to say why, in milliseconds since the epoch; absent when it is final. */
  openUntil?: number;
};

/** What a kubelet may take, beyond the grace period, until it says that a deleted Pod has ended. */
export const NODE_SILENT_MILLISECONDS = 30_000;

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const CONFIG_REASONS = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Reads a Pod. `startTrouble` is what its kubelet says in an Event, where the Pod's status does not say it. */
export function podState(pod: Pod, startTrouble: string | undefined, now: number): PodState {
  const runner = pod.status?.containerStatuses?.find((status) => status.name === RUNNER_CONTAINER);
  const terminated = runner?.state?.terminated ?? runner?.lastState?.terminated;
  if (terminated !== undefined) {
    return ended(pod, {
      ...(terminated.message === undefined ? {} : { message: terminated.message }),
      exitCode: terminated.exitCode,
      reason: terminationReason(pod, terminated.reason ?? 'Error'),
      hadStarted: terminated.startedAt !== undefined && terminated.startedAt !== null,
      ...openEnd(pod, terminated.finishedAt),
      ...(runner?.imageID ? { imageID: runner.imageID } : {}),
    });
  }
  const running = runner?.state?.running;
  const hadStarted = running !== undefined;
  if (hasEndedUnseen(pod)) return ended(pod, { reason: pod.status?.reason ?? 'Deleted', hadStarted });
  const deletion = pod.metadata.deletionTimestamp;
  if (deletion !== undefined && now >= Date.parse(deletion) + NODE_SILENT_MILLISECONDS) {
    return ended(pod, { reason: 'NodeLost', hadStarted, lost: true });
  }
  if (running !== undefined)
    return { kind: 'running', startedAt: Date.parse(running.startedAt ?? pod.status?.startTime ?? '') };
  return { kind: 'waiting', ...waitingFor(pod, runner?.state?.waiting, startTrouble) };
}

/** When {@link podState} will call a deleted, silent Pod lost; undefined while it is not being deleted. */
export function lostTime(pod: Pod): number | undefined {
  const deletion = pod.metadata.deletionTimestamp;
  return deletion === undefined ? undefined : Date.parse(deletion) + NODE_SILENT_MILLISECONDS;
}

/**
 * That a Pod was evicted, its kubelet says only when all containers have ended, and the agent's ends after the runner's.
 * A Pod that is being deleted has said all.
 */
function openEnd(pod: Pod, finishedAt: string | undefined): Pick<PodEnd, 'openUntil'> {
  const isFinal =
    pod.metadata.deletionTimestamp !== undefined || hasEndedUnseen(pod) || pod.status?.reason !== undefined;
  const finishTime = Date.parse(finishedAt ?? '');
  if (isFinal || agentState(pod) === undefined || Number.isNaN(finishTime)) return {};
  const graceMilliseconds = (pod.spec?.terminationGracePeriodSeconds ?? 0) * 1000;
  return { openUntil: finishTime + graceMilliseconds + NODE_SILENT_MILLISECONDS };
}

function ended(pod: Pod, end: Partial<PodEnd> & { reason: string; hadStarted: boolean }): PodState {
  const disruption = pod.status?.conditions?.find((one) => one.type === 'DisruptionTarget' && one.status === 'True');
  const detail = disruption?.message ?? pod.status?.message ?? '';
  const agent = agentState(pod);
  return {
    kind: 'ended',
    ended: {
      lost: false,
      detail,
      ...end,
      reason: disruption?.reason ?? end.reason,
      ...(agent === undefined ? {} : { agent }),
    },
  };
}

/** Of a container that was ended because its Pod was deleted, Kubernetes says no more than the exit code. */
function terminationReason(pod: Pod, said: string): string {
  if (said === 'OOMKilled') return said;
  return pod.status?.reason ?? (pod.metadata.deletionTimestamp === undefined ? said : 'Deleted');
}

/** Ended without a word on the runner container: never bound to a node, or given up by its kubelet. */
function hasEndedUnseen(pod: Pod): boolean {
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return true;
  if (pod.metadata.deletionTimestamp === undefined) return false;
  return !pod.spec?.nodeName || pod.metadata.deletionGracePeriodSeconds === 0;
}

type Waiting = { reason?: string; message?: string };
type Wait = { reason: StartedReason; message: string; isHopeless?: true };

function waitingFor(pod: Pod, waiting: Waiting | undefined, startTrouble: string | undefined): Wait {
  const trouble = runnerTrouble(waiting) ?? agentTrouble(pod);
  if (trouble !== undefined) return trouble;
  const scheduled = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const gates = (pod.spec?.schedulingGates ?? []).map(({ name }) => name).join(', ');
    const what = scheduled.reason === 'SchedulingGated' ? `The Pod is gated (${gates})` : 'No node takes the Pod';
    return {
      reason: STARTED_REASON.unschedulable,
      message: sentence(what, scheduled.message ?? scheduled.reason ?? ''),
    };
  }
  if (startTrouble !== undefined) return troubleOfEvent(startTrouble);
  return { reason: STARTED_REASON.podCreating, message: `The Pod ${pod.metadata.name} is being started.` };
}

function runnerTrouble(waiting: Waiting | undefined): Wait | undefined {
  const what = {
    image: "The runner's image cannot be pulled",
    hint: 'check the operator flag --runner-image',
    container: 'The runner container cannot be made',
  };
  return containerTrouble(waiting, what);
}

function agentTrouble(pod: Pod): Wait | undefined {
  const agent = agentState(pod);
  if (agent === undefined) return undefined;
  if (agent.isCrashing) {
    const message = sentence("The agent's container ends before it can be asked", agent.lastEnd ?? '');
    return { reason: STARTED_REASON.agentCrashed, message, isHopeless: true };
  }
  const what = {
    image: `The agent's image ${agent.image} cannot be pulled`,
    hint: 'check spec.container.image of the RuneAgent',
    container: "The agent's container cannot be made",
  };
  if (agent.startError !== undefined) {
    return { reason: STARTED_REASON.containerConfig, message: sentence(what.container, agent.startError) };
  }
  return containerTrouble(agentWaiting(pod), what);
}

function containerTrouble(
  waiting: Waiting | undefined,
  what: { image: string; hint: string; container: string },
): Wait | undefined {
  const reason = waiting?.reason ?? '';
  const said = waiting?.message?.trim() ?? '';
  if (IMAGE_REASONS.has(reason)) {
    return { reason: STARTED_REASON.imagePull, message: sentence(`${what.image} (${reason})`, said || what.hint) };
  }
  if (!CONFIG_REASONS.has(reason)) return undefined;
  return { reason: STARTED_REASON.containerConfig, message: sentence(what.container, said || reason) };
}

function troubleOfEvent(failure: string): { reason: StartedReason; message: string } {
  if (/sandbox|network is not ready/i.test(failure)) {
    return {
      reason: STARTED_REASON.containerConfig,
      message: sentence('The Pod cannot be set up on its node', failure),
    };
  }
  const missing = /secrets? "([^"]+)" not found/.exec(failure)?.[1];
  if (missing !== undefined) {
    return {
      reason: STARTED_REASON.secretNotFound,
      message: `The Secret "${missing}" does not exist in this namespace: create it, and the job goes on by itself.`,
    };
  }
  const key = /references non-existent secret key: (\S+)/.exec(failure)?.[1];
  if (key !== undefined) {
    return {
      reason: STARTED_REASON.secretNotFound,
      message: `A Secret that the runner mounts has no key "${key}": add it, and the job goes on by itself.`,
    };
  }
  return {
    reason: STARTED_REASON.volumeMount,
    message: sentence('A volume of the Pod cannot be mounted', failure),
  };
}
