import { RUNNER_FILE } from '../../../crds/job-file.ts';
import { ANNOTATION_RUN_ARCHIVE, LABEL, RUNE_RUN, RUNNER_CONTAINER, S3_SECRET } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { RunArchiveFile } from '../../../crds/run-archive.ts';
import type { RuneRun } from '../../../crds/types.ts';
import { ownerReference } from '../../owner-reference.ts';

export type ArchiveSettings = {
  runnerImage: string;
  runnerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
};

const UID = 65532;
const DEADLINE_SECONDS = 600;

/** The Pod that puts results.jsonl of a finished run into S3. It can reach neither the API server nor a model's key. Pure. */
export function archivePod(run: RuneRun, attempt: number, settings: ArchiveSettings): Pod {
  const { name = '', namespace = '', uid = '' } = run.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-archive-${attempt}`,
      namespace,
      labels: {
        [LABEL.name]: 'rune-archive',
        [LABEL.component]: 'archive',
        [LABEL.managedBy]: 'rune-operator',
        [LABEL.run]: name,
        [LABEL.runUid]: uid,
        [LABEL.runArchive]: uid,
        [LABEL.attempt]: String(attempt),
      },
      annotations: { [ANNOTATION_RUN_ARCHIVE]: JSON.stringify(fileOf(run)) },
      ownerReferences: [ownerReference(run, RUNE_RUN)],
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // It has nothing to save: what it does can be done again.
      terminationGracePeriodSeconds: 2,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: UID,
        runAsGroup: UID,
        fsGroup: UID,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(settings)],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
        { name: 's3', secret: { secretName: S3_SECRET, optional: true, defaultMode: 0o440 } },
        {
          name: 'run',
          downwardAPI: {
            items: [
              {
                path: file(RUNNER_FILE.run),
                fieldRef: { fieldPath: `metadata.annotations['${ANNOTATION_RUN_ARCHIVE}']` },
              },
            ],
          },
        },
      ],
    },
  };
}

function container({ runnerImage, runnerImagePullPolicy }: ArchiveSettings) {
  return {
    name: RUNNER_CONTAINER,
    image: runnerImage,
    imagePullPolicy: runnerImagePullPolicy,
    args: ['runners/archive/main.ts'],
    resources: {
      requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '16Mi' },
      // 10,000 results of at most a few KiB are put together in memory.
      limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '64Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePath: RUNNER_FILE.report,
    terminationMessagePolicy: 'File' as const,
    volumeMounts: [
      { name: 'run', mountPath: folder(RUNNER_FILE.run), readOnly: true },
      { name: 's3', mountPath: RUNNER_FILE.s3, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function fileOf({ metadata, status = {} }: RuneRun): RunArchiveFile {
  const { name = '', namespace = '', uid = '' } = metadata;
  const trials = status.pinned?.trials ?? 1;
  const questions = (status.questions ?? []).map(({ id }) => id);
  return { v: 1, namespace, run: name, uid, trials, questions, status };
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function file(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
