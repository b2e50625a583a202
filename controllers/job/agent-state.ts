import { AGENT_CONTAINER, RUNNER_CONTAINER } from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** What a Pod says of the container that its agent lives in. */
export type AgentState = {
  image: string;
  imageID?: string;
  /** Such as 1Gi. */
  memoryLimit: string;
  /** It was killed for memory, at least once. */
  wasOutOfMemory: boolean;
  /** How it last ended by itself, such as "exit code 1 (Error)"; that the kubelet stops it after the runner is none. */
  lastEnd?: string;
  /** The runtime of its node does not know what became of it. */
  wasLost: boolean;
  /** Why it could not be started, where that is not its own doing. */
  startError?: string;
  /** It ends again and again, and the runner has not come to run: it never will. */
  isCrashing: boolean;
};

/** What a container ends with that was told to. */
const STOPPED_CODES = new Set([0, 137, 143]);

/** What containerd and the kubelet say of a container that they have lost. */
const LOST_REASONS: ReadonlySet<string> = new Set(['Unknown', 'ContainerStatusUnknown']);

/** What the runtime says when the image or the RuneAgent is wrong: no such command, not to be executed, too little memory. */
const OWN_START_ERROR = /\bexec:? ["/]|executable file not found|exec format error|chdir to cwd|OOM-killed/;

/** Undefined for a Pod whose agent has no container. */
export function agentState(pod: Pod): AgentState | undefined {
  const container = pod.spec?.initContainers?.find(({ name }) => name === AGENT_CONTAINER);
  if (container === undefined) return undefined;
  const status = agentStatus(pod);
  const { state, lastState, restartCount = 0, imageID } = status ?? {};
  const ends = [lastState?.terminated, state?.terminated].filter((end) => end !== undefined);
  const isBackingOff = state?.waiting?.reason === 'CrashLoopBackOff';
  const hasEndedAgain = state?.terminated !== undefined && restartCount > 0;
  const isOwnEnd = isOutOfMemory(state?.terminated) || endedBeforeRunner(pod, state?.terminated);
  const startFailure = startErrorOf(state?.terminated ?? lastState?.terminated);
  const last = lastState?.terminated ?? (isOwnEnd ? state?.terminated : undefined);
  return {
    image: container.image ?? '',
    ...(imageID ? { imageID } : {}),
    memoryLimit: container.resources?.limits?.['memory'] ?? 'none',
    wasOutOfMemory: ends.some(isOutOfMemory),
    ...(last === undefined ? {} : { lastEnd: told(last) }),
    wasLost: LOST_REASONS.has(lastState?.terminated?.reason ?? ''),
    ...(startFailure === undefined ? {} : { startError: startFailure }),
    isCrashing: startFailure === undefined && (isBackingOff || hasEndedAgain) && !hasRunnerStarted(pod),
  };
}

/** What the agent's container waits for, in Kubernetes' words. */
export function agentWaiting(pod: Pod): { reason?: string; message?: string } | undefined {
  return agentStatus(pod)?.state?.waiting;
}

function agentStatus(pod: Pod): ContainerStatus | undefined {
  return pod.status?.initContainerStatuses?.find(({ name }) => name === AGENT_CONTAINER);
}

/** By itself, and not by the kubelet, which ends it after the runner, and by SIGTERM first. Times are whole seconds. */
function endedBeforeRunner(pod: Pod, end: Terminated | undefined): boolean {
  if (end === undefined || STOPPED_CODES.has(end.exitCode)) return false;
  const runnerTime = Date.parse(runnerOf(pod)?.state?.terminated?.finishedAt ?? '');
  return !(Date.parse(end.finishedAt ?? '') > runnerTime);
}

/** A node without room or with a broken runtime cannot start a container, either: for that the agent is not blamed. */
function startErrorOf(end: Terminated | undefined): string | undefined {
  if (end?.reason !== 'StartError') return undefined;
  const message = end.message ?? '';
  return OWN_START_ERROR.test(message) ? undefined : message;
}

function isOutOfMemory(end: Terminated | undefined): boolean {
  return end?.reason === 'OOMKilled';
}

function runnerOf(pod: Pod): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
}

function hasRunnerStarted(pod: Pod): boolean {
  const runner = runnerOf(pod);
  const ends = [runner?.state?.terminated, runner?.lastState?.terminated];
  return runner?.state?.running !== undefined || ends.some((end) => end?.startedAt);
}

function told({ exitCode, reason, message }: Terminated): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  const said = message?.replace(/\s+/g, ' ').trim();
  return `exit code ${exitCode}${why}${said ? `: ${said}` : ''}`;
}
