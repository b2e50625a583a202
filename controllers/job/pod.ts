import { RUNNER_FILE } from '../../crds/job-file.ts';
import { makeJobFile } from '../../crds/make-job-file.ts';
import {
  ANNOTATION_BACKEND,
  ANNOTATION_JOB,
  API_VERSION,
  FINALIZER_RESULT,
  LABEL,
  RUNE_JOB,
  RUNNER_CONTAINER,
  SECRET_TYPE,
} from '../../crds/names.ts';
import type { Pod } from '../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { podName } from './attempts.ts';

export type PodSettings = {
  runnerImage: string;
  runnerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  podTerminationGraceSeconds: number;
};

export type QuestionSecret = {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: Pod['metadata'];
  type: string;
  immutable: true;
  data: Record<string, string>;
};

const RUNNER_UID = 65532;
/** What scoring and reporting may take after the active deadline before the kubelet ends the Pod. */
const REPORT_SLACK_SECONDS = 120;
/** How long a lost node's Pod is kept, should the node come back. */
const NODE_LOST_SECONDS = 60;
const DEFAULT_RESOURCES = {
  requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
  limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '128Mi' },
};

/** The runner Pod of an attempt. Pure: the same arguments give the same Pod. */
export function runnerPod(
  job: RuneJob,
  attempt: number,
  agent: RuneAgent,
  backend: RuneBackend,
  settings: PodSettings,
): Pod {
  const pod = job.spec.pod ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(nameOf(job), attempt),
      namespace: job.metadata.namespace ?? '',
      labels: podLabels(job, attempt),
      annotations: {
        [ANNOTATION_BACKEND]: job.spec.model.backendRef.name,
        [ANNOTATION_JOB]: JSON.stringify(makeJobFile(job, attempt, agent, backend)),
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      },
      finalizers: [FINALIZER_RESULT],
      ownerReferences: [ownerReference(job)],
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: settings.podTerminationGraceSeconds,
      activeDeadlineSeconds: job.spec.startDeadlineSeconds + job.spec.activeDeadlineSeconds + REPORT_SLACK_SECONDS,
      ...(pod.nodeSelector === undefined ? {} : { nodeSelector: pod.nodeSelector }),
      ...(pod.runtimeClassName === undefined ? {} : { runtimeClassName: pod.runtimeClassName }),
      ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
      tolerations: [...(pod.tolerations ?? []), ...nodeLostTolerations()],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: RUNNER_UID,
        runAsGroup: RUNNER_UID,
        fsGroup: RUNNER_UID,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [runnerContainer(job, backend, settings)],
      volumes: volumes(job, backend),
    },
  };
}

/** The Secret that holds the question of a job of its own; none for a job whose question is already in one. */
export function questionSecret(job: RuneJob): QuestionSecret | undefined {
  const { question } = job.spec;
  if (question === undefined) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: questionSecretName(job),
      namespace: job.metadata.namespace ?? '',
      labels: { [LABEL.jobUid]: job.metadata.uid ?? '', [LABEL.managedBy]: 'rune-operator' },
      ownerReferences: [ownerReference(job)],
    },
    type: SECRET_TYPE.revision,
    immutable: true,
    data: { 'question.json': Buffer.from(JSON.stringify(question)).toString('base64') },
  };
}

function runnerContainer(job: RuneJob, backend: RuneBackend, settings: PodSettings) {
  const resources = job.spec.pod?.resources;
  return {
    name: RUNNER_CONTAINER,
    image: settings.runnerImage,
    imagePullPolicy: settings.runnerImagePullPolicy,
    args: ['runners/main.ts'],
    // Where only one of the two is given it stands for both: a default might lie on the wrong side of it.
    resources: {
      requests: quantities({ ...DEFAULT_RESOURCES.requests, ...resources?.limits, ...resources?.requests }),
      limits: quantities({ ...DEFAULT_RESOURCES.limits, ...resources?.requests, ...resources?.limits }),
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePath: RUNNER_FILE.report,
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'job', mountPath: folder(RUNNER_FILE.job), readOnly: true },
      { name: 'question', mountPath: folder(RUNNER_FILE.question), readOnly: true },
      ...(hasApiKey(backend) ? [{ name: 'api-key', mountPath: folder(RUNNER_FILE.apiKey), readOnly: true }] : []),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function volumes(job: RuneJob, backend: RuneBackend) {
  const { questionRef } = job.spec;
  const key = backend.spec.openai?.apiKeySecretRef;
  return [
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    {
      name: 'job',
      downwardAPI: {
        items: [{ path: file(RUNNER_FILE.job), fieldRef: { fieldPath: `metadata.annotations['${ANNOTATION_JOB}']` } }],
      },
    },
    {
      name: 'question',
      secret: {
        secretName: questionRef?.revision ?? questionSecretName(job),
        defaultMode: 0o440,
        items: [{ key: questionRef ? `${questionRef.id}.json` : 'question.json', path: file(RUNNER_FILE.question) }],
      },
    },
    ...(key === undefined
      ? []
      : [
          {
            name: 'api-key',
            secret: {
              secretName: key.name,
              defaultMode: 0o440,
              items: [{ key: key.key, path: file(RUNNER_FILE.apiKey) }],
            },
          },
        ]),
  ];
}

function podLabels(job: RuneJob, attempt: number): Record<string, string> {
  return {
    [LABEL.name]: 'rune-runner',
    [LABEL.component]: 'runner',
    [LABEL.managedBy]: 'rune-operator',
    [LABEL.jobUid]: job.metadata.uid ?? '',
    [LABEL.attempt]: String(attempt),
  };
}

function ownerReference(job: RuneJob) {
  return {
    apiVersion: API_VERSION,
    kind: RUNE_JOB.kind,
    name: nameOf(job),
    uid: job.metadata.uid ?? '',
    controller: true,
  };
}

/** With part of the uid, so that a job made again under the same name never meets the old one's question. */
function questionSecretName(job: RuneJob): string {
  return `${nameOf(job)}-question-${(job.metadata.uid ?? '').slice(0, 8)}`;
}

function nodeLostTolerations() {
  return ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: NODE_LOST_SECONDS,
  }));
}

function quantities(resources: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, quantity]) => [name, String(quantity)]));
}

function hasApiKey(backend: RuneBackend): boolean {
  return backend.spec.openai?.apiKeySecretRef !== undefined;
}

function nameOf(job: RuneJob): string {
  return job.metadata.name ?? '';
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function file(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
