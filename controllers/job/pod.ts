import { makeJobFile } from '../../crds/make-job-file.ts';
import {
  ANNOTATION_BACKEND,
  ANNOTATION_FIXTURES,
  ANNOTATION_JOB,
  FINALIZER_RESULT,
  LABEL,
  PASSED_LABELS,
  RUN_LABELS,
  RUNE_JOB,
} from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { ownerReference } from '../owner-reference.ts';
import { accountVolumes } from './account.ts';
import { agentContainer, agentVolumes } from './agent-container.ts';
import { podName } from './attempts.ts';
import { hasFixtures } from './fixtures.ts';
import { podDeadlineSeconds } from './pod-deadline.ts';
import { type RunnerSettings, runnerContainer, runnerVolumes } from './runner-container.ts';

export type PodSettings = RunnerSettings & { podTerminationGraceSeconds: number };

/** Also the group of all volumes, so that the runner can read what the agent leaves. */
const RUNNER_UID = 65532;
/** How long a lost node's Pod is kept, should the node come back. */
const NODE_LOST_SECONDS = 60;

/** The runner Pod of an attempt. Pure: the same arguments give the same Pod. */
export function runnerPod(
  job: RuneJob,
  attempt: number,
  agent: RuneAgent,
  backend: RuneBackend,
  settings: PodSettings,
): Pod {
  const { container } = agent.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(job.metadata.name ?? '', attempt),
      namespace: job.metadata.namespace ?? '',
      labels: podLabels(job, attempt),
      annotations: {
        [ANNOTATION_BACKEND]: job.spec.model.backendRef.name,
        [ANNOTATION_JOB]: JSON.stringify(makeJobFile(job, attempt, agent, backend)),
        ...(hasFixtures(job) ? { [ANNOTATION_FIXTURES]: 'true' } : {}),
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      },
      finalizers: [FINALIZER_RESULT],
      ownerReferences: [ownerReference(job, RUNE_JOB)],
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: settings.podTerminationGraceSeconds,
      activeDeadlineSeconds: podDeadlineSeconds(job, agent),
      ...whereToRun(job),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: RUNNER_UID,
        runAsGroup: RUNNER_UID,
        fsGroup: RUNNER_UID,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(container === undefined ? {} : { initContainers: [agentContainer(job, container)] }),
      containers: [runnerContainer(job, agent, backend, settings)],
      volumes: [
        ...runnerVolumes(job, backend),
        ...(container === undefined ? [] : agentVolumes()),
        ...accountVolumes(job, agent),
      ],
    },
  };
}

function podLabels(job: RuneJob, attempt: number): Record<string, string> {
  const given = Object.entries(job.metadata.labels ?? {});
  const passed: readonly string[] = [...PASSED_LABELS, ...RUN_LABELS];
  return {
    ...Object.fromEntries(given.filter(([name]) => passed.includes(name))),
    [LABEL.name]: 'rune-runner',
    [LABEL.component]: 'runner',
    [LABEL.managedBy]: 'rune-operator',
    [LABEL.jobUid]: job.metadata.uid ?? '',
    [LABEL.attempt]: String(attempt),
  };
}

function whereToRun({ spec }: RuneJob): Partial<NonNullable<Pod['spec']>> {
  const { nodeSelector, runtimeClassName, priorityClassName, serviceAccountName, tolerations = [] } = spec.pod ?? {};
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    tolerations: [...tolerations, ...nodeLostTolerations()],
  };
}

function nodeLostTolerations() {
  return ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: NODE_LOST_SECONDS,
  }));
}
