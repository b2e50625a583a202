import {
  AGENT_CONTAINER,
  ANNOTATION_BACKEND,
  API_VERSION,
  FINALIZER_RESULT,
  LABEL,
  RUNNER_CONTAINER,
} from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { Report } from '../../../crds/report.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../../crds/types.ts';
import type { Attempt, Condition, Status } from '../attempts.ts';

/** When the tests' world begins. */
export const START = Date.parse('2026-01-01T00:00:00.000Z');

/** RFC 3339 of a moment so many seconds after {@link START}. */
export function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

type Spec = RuneJob['spec'];

/** A RuneJob as the API server hands it out, with its defaults. */
export function sampleJob(spec: Partial<Spec> = {}, status?: Status, metadata: RuneJob['metadata'] = {}): RuneJob {
  return {
    apiVersion: 'bench.rune.ai/v1alpha1',
    kind: 'RuneJob',
    metadata: {
      name: 'sum',
      namespace: 'team',
      uid: '0123456789',
      generation: 1,
      creationTimestamp: at(0),
      ...metadata,
    },
    spec: {
      agent: { ref: { name: 'model' } },
      model: { name: 'small', backendRef: { name: 'local' } },
      question: {
        prompt: 'What is 6 x 7?',
        expect: [{ name: 'answer', weight: 1, exact: { value: 'forty-two', ignoreCase: false } }],
        passMarkPermille: 1000,
      },
      trial: 0,
      suspend: false,
      cancel: false,
      startDeadlineSeconds: 3600,
      activeDeadlineSeconds: 600,
      backoffLimit: 3,
      priority: 0,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

export function sampleAgent(spec: Partial<RuneAgent['spec']> = {}): RuneAgent {
  const full = { displayName: 'A model', domain: 'DevTools', tier: 'OSSNative', openai: { stream: true }, ...spec };
  return { metadata: { name: 'model', generation: 2 }, spec: full } as RuneAgent;
}

/** One in a container of its own. */
export function sampleContainerAgent(
  container: Partial<NonNullable<RuneAgent['spec']['container']>> = {},
  spec: Partial<RuneAgent['spec']> = {},
): RuneAgent {
  const { openai: _openai, ...rest } = sampleAgent(spec).spec;
  return {
    ...sampleAgent(),
    spec: { ...rest, container: { image: 'agent:1', startTimeoutSeconds: 120, ...container } },
  };
}

export function sampleBackend(spec: Partial<RuneBackend['spec']> = {}, ready: 'True' | 'False' = 'True'): RuneBackend {
  const full = {
    openai: { baseURL: 'http://model:8000/v1/' },
    maxConcurrentJobs: 1,
    requestTimeoutSeconds: 60,
    ...spec,
  };
  const conditions = [sampleCondition('Ready', ready, 'Probed', 'It refuses connections.')];
  const metadata = { name: 'local', namespace: 'team', generation: 3 };
  return { metadata, spec: full, status: { observedGeneration: 3, conditions } } as RuneBackend;
}

export function sampleCondition(type: string, status: 'True' | 'False', reason: string, message = ''): Condition {
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: at(0) };
}

/** The status of a job with one attempt in progress, whose `Started` condition has this reason. */
export function openStatus(reason = 'PodCreating', more: Partial<Status> = {}): Status {
  const started = sampleCondition('Started', reason === 'AgentAsked' ? 'True' : 'False', reason, 'As it was.');
  return { observedGeneration: 1, attempt: 1, attempts: [sampleAttempt(1)], conditions: [started], ...more };
}

/** The status of a job that waits between two attempts. */
export function closedStatus(attempt: Partial<Attempt> = {}, more: Partial<Status> = {}): Status {
  const closed = { ...sampleAttempt(1), completionTime: at(100), outcome: 'BackendError', reason: 'ServerError' };
  const started = sampleCondition('Started', 'False', 'RetryBackoff', 'As it was.');
  const attempts = [{ ...closed, message: 'It answered 500.', ...attempt }];
  return { observedGeneration: 1, attempt: 1, retries: 1, attempts, conditions: [started], ...more };
}

export function sampleAttempt(number: number): Attempt {
  return { number, podName: `sum-${number}`, startTime: at(0) };
}

/** The status of a job that finished 100 s after the start. */
export function finishedStatus(more: Partial<Status> = {}): Status {
  const conditions = [sampleCondition('Finished', 'True', 'Passed')];
  const attempts = [{ ...sampleAttempt(1), completionTime: at(100), outcome: 'Passed' }];
  return {
    observedGeneration: 1,
    outcome: 'Passed',
    completionTime: at(100),
    attempt: 1,
    attempts,
    conditions,
    ...more,
  };
}

type PodStatus = NonNullable<Pod['status']>;
type ContainerState = NonNullable<NonNullable<PodStatus['containerStatuses']>[number]['state']>;

/** The runner Pod of an attempt, on a node. */
export function samplePod(attempt: number, status: PodStatus = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    metadata: {
      name: `sum-${attempt}`,
      namespace: 'team',
      uid: `pod-${attempt}`,
      labels: { [LABEL.jobUid]: '0123456789', [LABEL.attempt]: String(attempt) },
      annotations: { [ANNOTATION_BACKEND]: 'local' },
      finalizers: [FINALIZER_RESULT],
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'RuneJob', name: 'sum', uid: '0123456789' }],
      ...metadata,
    },
    spec: { nodeName: 'node', containers: [] },
    status,
  } as Pod;
}

/** The status of a Pod whose runner container is in this state. */
export function runnerIs(state: ContainerState, more: PodStatus = {}): PodStatus {
  const runner = {
    name: RUNNER_CONTAINER,
    state,
    image: 'rune',
    imageID: 'rune@sha256:1',
    ready: false,
    restartCount: 0,
  };
  return { containerStatuses: [runner], ...more };
}

type ContainerStatus = NonNullable<PodStatus['initContainerStatuses']>[number];

/** The Pod of an agent in a container that is in this state. */
export function withAgent(pod: Pod, state: ContainerState, more: Partial<ContainerStatus> = {}): Pod {
  const limits = { memory: '1Gi' };
  const container = { name: AGENT_CONTAINER, image: 'agent:1', resources: { limits } };
  const known = { image: 'agent:1', imageID: 'agent@sha256:2', ready: false, restartCount: 0 };
  const agent = { name: AGENT_CONTAINER, state, ...known, ...more };
  return {
    ...pod,
    spec: { containers: [], ...pod.spec, initContainers: [container] },
    status: { ...pod.status, initContainerStatuses: [agent] },
  };
}

/** Of a runner that ended and left this report, or none. */
export function runnerEnded(report?: unknown, more: PodStatus = {}): PodStatus {
  const message = report === undefined ? {} : { message: JSON.stringify(report) };
  const exit = report === undefined ? { exitCode: 1, reason: 'Error' } : { exitCode: 0, reason: 'Completed' };
  return runnerIs(
    { terminated: { ...exit, ...message, startedAt: at(2) } as ContainerState['terminated'] & object },
    more,
  );
}

export function sampleReport(more: Partial<Report> = {}): Report {
  return {
    v: 1,
    uid: '0123456789',
    attempt: 1,
    outcome: 'Passed',
    reason: 'Scored',
    message: '',
    retryable: false,
    scorePermille: 1000,
    scores: '1',
    usage: { inputTokens: 12, outputTokens: 3, cachedTokens: 4, reasoningTokens: 1, modelCalls: 1, toolCalls: 0 },
    costMicroUSD: 40,
    startTime: at(2),
    timings: { agentStartMilliseconds: 9, firstTokenMilliseconds: 80, agentMilliseconds: 300, scoringMilliseconds: 1 },
    events: { count: 5, dropped: 0, sha256: 'e'.repeat(64) },
    provenance: { runnerVersion: '0.1.0', servedModel: 'small', questionSHA256: 'a'.repeat(64) },
    answer: { excerpt: 'forty-two', sha256: 'b'.repeat(64), bytes: 9 },
    ...more,
  };
}
