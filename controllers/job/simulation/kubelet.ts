import { AGENT_CONTAINER, ANNOTATION_FIXTURES, RUNNER_CONTAINER } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { Report } from '../../../crds/report.ts';
import { PODS, RUNE_JOBS } from '../../kube/resource.ts';
import { NODE_SILENT_MILLISECONDS } from '../pod-state.ts';
import type { ApiServer } from './api-server.ts';
import type { Random } from './random.ts';

const FATES = [
  'passes',
  'passes',
  'passes',
  'fails',
  'throttled',
  'refused',
  'crashes',
  'oom',
  'evicted',
  'unschedulable',
  'silent',
] as const;
/** What only an agent in a container can do to its Pod. */
const AGENT_FATES = ['agent crashes', 'agent oom', 'agent fills its disk'] as const;
type Fate = (typeof FATES)[number] | (typeof AGENT_FATES)[number];

/** After the active deadline of all jobs and the time to report the operator ends a Pod. */
const OVERDUE_MILLISECONDS = 120_000;

/** What really became of a Pod, whatever the operator thinks. */
export type Truth = {
  jobUid: string;
  attempt: number;
  backend: string;
  fate: Fate;
  hasStarted: boolean;
  hasEnded: boolean;
  /** Something beside the operator ended it, or made the operator end it. */
  isDisturbed: boolean;
  startTime?: number;
  /** When the runner ended. */
  endTime?: number;
  /** What the Pod's status says only once the agent's container has ended, too. */
  lastWord?: object;
  /** What the operator must say of the agent, since the Pod's status told it so. */
  agentFault?: 'AgentCrashed' | 'AgentOutOfMemory' | 'AgentDiskFull';
  /** What the runner wrote at its end, if anything. */
  report?: Report;
};

/** A node: starts Pods, lets them meet their fate, and ends those that are deleted, unless it has gone silent. */
export class Kubelet {
  readonly truths = new Map<string, Truth>();
  readonly #server: ApiServer;
  readonly #random: Random;
  /** After the chaos every Pod can be scheduled and reports. */
  isKind = false;

  constructor(server: ApiServer, random: Random) {
    this.#server = server;
    this.#random = random;
  }

  /** Somebody deletes a Pod. */
  disturb(pod: Pod): void {
    this.#truth(pod).isDisturbed = true;
    this.#server.remove(PODS, pod.metadata.name ?? '', pod.metadata.namespace);
  }

  /** One step of one Pod. False when nothing was left to do for any. */
  step(): boolean {
    const pods = this.#server.all(PODS).filter((pod) => this.#canMove(pod));
    if (pods.length === 0) return false;
    this.#move(this.#random.pick(pods));
    return true;
  }

  #canMove(pod: Pod): boolean {
    const truth = this.#truth(pod);
    if (truth.fate === 'unschedulable' && !truth.hasStarted) {
      return pod.metadata.deletionTimestamp === undefined && pod.status?.conditions === undefined;
    }
    if (truth.agentFault === 'AgentCrashed' && pod.metadata.deletionTimestamp === undefined) return false;
    if (truth.fate === 'silent' && truth.hasStarted) return false;
    return (
      truth.lastWord !== undefined ||
      !truth.hasEnded ||
      (pod.metadata.deletionTimestamp !== undefined && pod.metadata.deletionGracePeriodSeconds !== 0)
    );
  }

  #move(pod: Pod): void {
    const truth = this.#truth(pod);
    const name = pod.metadata.name ?? '';
    if (truth.lastWord !== undefined) {
      this.#patch(pod, { status: truth.lastWord });
      delete truth.lastWord;
      return;
    }
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (truth.hasStarted && !truth.hasEnded) this.#end(pod, truth, this.#random.chance(0.3));
      else {
        truth.hasEnded = true;
        this.#server.remove(PODS, name, pod.metadata.namespace, { gracePeriodSeconds: 0 });
      }
      return;
    }
    if (truth.fate === 'unschedulable') {
      const condition = {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available',
      };
      this.#patch(pod, { status: { phase: 'Pending', conditions: [condition] } });
    } else if (pod.spec?.nodeName === undefined) {
      this.#patch(pod, { spec: { nodeName: 'node' }, status: { phase: 'Pending' } });
    } else if (truth.fate === 'agent crashes') {
      truth.agentFault = 'AgentCrashed';
      const lastState = { terminated: { exitCode: 1, reason: 'Error' } };
      this.#patch(pod, { status: agentIs({ waiting: { reason: 'CrashLoopBackOff' } }, lastState) });
    } else if (!truth.hasStarted) {
      truth.hasStarted = true;
      truth.startTime = this.#server.now;
      this.#setState(pod, 'Running', { running: { startedAt: this.#time() } });
    } else {
      this.#end(pod, truth, true);
    }
  }

  #end(pod: Pod, truth: Truth, isUndisturbed: boolean): void {
    truth.hasEnded = true;
    const isOverdue = this.#server.now - (truth.startTime ?? 0) >= OVERDUE_MILLISECONDS;
    if (isOverdue) truth.isDisturbed = true;
    const report = this.#reportOf(truth, isUndisturbed);
    const hasFixtures = pod.metadata.annotations?.[ANNOTATION_FIXTURES] === 'true';
    if (report !== undefined && hasFixtures) report.fixtures = this.#random.pick(['removed', 'left']);
    const isTooLate = this.#isTooLate(pod, truth);
    if (report !== undefined && !isTooLate) truth.report = report;
    truth.endTime = this.#server.now;
    const terminated = {
      startedAt: this.#time(),
      finishedAt: this.#time(),
      exitCode: report === undefined ? 137 : 0,
      reason: truth.fate === 'oom' ? 'OOMKilled' : report === undefined ? 'Error' : 'Completed',
      ...(report === undefined ? {} : { message: JSON.stringify(report) }),
    };
    const phase = report === undefined ? 'Failed' : 'Succeeded';
    const [fault, status] = isUndisturbed ? trouble(truth.fate) : [];
    if (fault !== undefined && !isTooLate) truth.agentFault = fault;
    const isLastWord = pod.spec?.initContainers === undefined;
    if (!isLastWord) truth.lastWord = { ...status, phase };
    this.#setState(pod, isLastWord ? phase : 'Running', { terminated }, isLastWord ? status : {});
  }

  /** The node was silent until the attempt was given up for lost; what it says afterwards counts for nothing. */
  #isTooLate(pod: Pod, truth: Truth): boolean {
    const deletion = Date.parse(pod.metadata.deletionTimestamp ?? '');
    if (!(this.#server.now >= deletion + NODE_SILENT_MILLISECONDS)) return false;
    const job = this.#server.all(RUNE_JOBS).find((one) => one.metadata.uid === truth.jobUid);
    return job?.status?.attempts?.some((one) => one.number === truth.attempt && one.outcome !== undefined) ?? false;
  }

  #reportOf(truth: Truth, isUndisturbed: boolean): Report | undefined {
    if (!isUndisturbed) return report(truth, 'InfraError', 'Terminated', true);
    if (truth.fate === 'fails') return report(truth, 'Failed', 'Scored', false);
    if (truth.fate === 'throttled') return { ...report(truth, 'Throttled', 'RateLimited', true), retryAfterSeconds: 7 };
    if (truth.fate === 'refused') return report(truth, 'BackendError', 'KeyRefused', false);
    if (truth.fate === 'agent oom') return report(truth, 'AgentError', 'AgentRestarted', false);
    if (truth.fate === 'agent fills its disk') return report(truth, 'InfraError', 'Terminated', true);
    const isLost = truth.fate === 'crashes' || truth.fate === 'oom' || truth.fate === 'evicted';
    return isLost ? undefined : report(truth, 'Passed', 'Scored', false);
  }

  #truth(pod: Pod): Truth {
    const uid = pod.metadata.uid ?? '';
    const known = this.truths.get(uid);
    if (known !== undefined) return known;
    const truth: Truth = {
      jobUid: pod.metadata.labels?.['bench.rune.ai/job-uid'] ?? '',
      attempt: Number(pod.metadata.labels?.['bench.rune.ai/attempt']),
      backend: pod.metadata.annotations?.['bench.rune.ai/backend'] ?? '',
      fate: this.isKind ? 'passes' : this.#random.pick(pod.spec?.initContainers ? [...FATES, ...AGENT_FATES] : FATES),
      hasStarted: false,
      hasEnded: false,
      isDisturbed: false,
    };
    this.truths.set(uid, truth);
    return truth;
  }

  #setState(pod: Pod, phase: string, state: object, more: object = {}): void {
    const status = {
      name: RUNNER_CONTAINER,
      state,
      imageID: 'rune@sha256:1',
      image: 'rune',
      ready: false,
      restartCount: 0,
    };
    this.#patch(pod, { status: { ...more, phase, containerStatuses: [status] } });
  }

  #patch(pod: Pod, patch: Record<string, unknown>): void {
    this.#server.patch(PODS, pod.metadata.name ?? '', pod.metadata.namespace, patch, {});
  }

  #time(): string {
    return new Date(this.#server.now).toISOString();
  }
}

/** What the Pod's status tells of its end beside the runner's, and whether that is the agent's fault. */
function trouble(fate: Fate): [Truth['agentFault'], object] | [] {
  if (fate === 'evicted') return [undefined, { reason: 'Evicted' }];
  if (fate === 'agent oom') {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    return ['AgentOutOfMemory', agentIs({ running: {} }, lastState)];
  }
  if (fate !== 'agent fills its disk') return [];
  const message = 'Usage of EmptyDir volume "artifacts" exceeds the limit "96Mi". ';
  return ['AgentDiskFull', { reason: 'Evicted', message }];
}

function agentIs(state: object, lastState: object): object {
  return { initContainerStatuses: [{ name: AGENT_CONTAINER, state, lastState, restartCount: 2 }] };
}

function report(truth: Truth, outcome: Report['outcome'], reason: Report['reason'], retryable: boolean): Report {
  return {
    v: 1,
    uid: truth.jobUid,
    attempt: truth.attempt,
    outcome,
    reason,
    message: '',
    retryable,
    usage: { inputTokens: 10, outputTokens: truth.attempt, modelCalls: 1 },
    costMicroUSD: 100 + truth.attempt,
    startTime: '2026-01-01T00:00:00.000Z',
    timings: { agentStartMilliseconds: 5, agentMilliseconds: 50 },
    events: { count: 3, dropped: 0 },
    provenance: { runnerVersion: '0' },
  };
}
