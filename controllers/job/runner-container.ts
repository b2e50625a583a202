import { RUNNER_FILE } from '../../crds/job-file.ts';
import { ANNOTATION_JOB, RUNNER_CONTAINER, S3_SECRET } from '../../crds/names.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../crds/types.ts';
import { runnerAccountMounts } from './account.ts';
import { artifactsMount } from './agent-container.ts';
import { hasFixtures } from './fixtures.ts';
import { questionSecretName } from './question-secret.ts';
import { type Resources, withDefaults } from './resources.ts';

export type RunnerSettings = {
  runnerImage: string;
  runnerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
};

const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
  limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '128Mi' },
};
/** With the client of Kubernetes that makes the fixtures. */
const FIXTURE_MEMORY = '512Mi';

export function runnerContainer(job: RuneJob, agent: RuneAgent, backend: RuneBackend, settings: RunnerSettings) {
  const key = backend.spec.openai?.apiKeySecretRef;
  return {
    name: RUNNER_CONTAINER,
    image: settings.runnerImage,
    imagePullPolicy: settings.runnerImagePullPolicy,
    args: ['runners/main.ts'],
    resources: withDefaults(job.spec.pod?.resources, defaultResources(job)),
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
      ...(key === undefined ? [] : [{ name: 'api-key', mountPath: folder(RUNNER_FILE.apiKey), readOnly: true }]),
      { name: 's3', mountPath: RUNNER_FILE.s3, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      ...(agent.spec.container === undefined ? [] : [artifactsMount()]),
      ...runnerAccountMounts(job),
    ],
  };
}

/** What only the runner mounts; its account and the artifacts are apart. */
export function runnerVolumes(job: RuneJob, backend: RuneBackend) {
  const { questionRef } = job.spec;
  const key = backend.spec.openai?.apiKeySecretRef;
  const podUid = { path: file(RUNNER_FILE.podUid), fieldRef: { fieldPath: 'metadata.uid' } };
  return [
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    {
      name: 'job',
      downwardAPI: {
        items: [
          { path: file(RUNNER_FILE.job), fieldRef: { fieldPath: `metadata.annotations['${ANNOTATION_JOB}']` } },
          ...(hasFixtures(job) ? [podUid] : []),
        ],
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
    // A namespace without it archives nothing.
    { name: 's3', secret: { secretName: S3_SECRET, optional: true, defaultMode: 0o440 } },
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

/** The runner's memory limit, for messages. */
export function runnerMemoryLimit(job: RuneJob): string {
  return withDefaults(job.spec.pod?.resources, defaultResources(job)).limits['memory'] ?? '';
}

function defaultResources(job: RuneJob): Resources {
  if (!hasFixtures(job)) return DEFAULT_RESOURCES;
  return { ...DEFAULT_RESOURCES, limits: { ...DEFAULT_RESOURCES.limits, memory: FIXTURE_MEMORY } };
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function file(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
