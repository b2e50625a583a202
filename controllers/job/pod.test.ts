import { describe, expect, test } from 'vitest';
import { pricesOf } from '../../crds/make-job-file.ts';
import { runnerPod } from './pod.ts';
import { questionSecret } from './question-secret.ts';
import { sampleAgent, sampleBackend, sampleJob } from './testing/sample.ts';

const settings = {
  runnerImage: 'rune:1',
  runnerImagePullPolicy: 'IfNotPresent',
  podTerminationGraceSeconds: 8,
} as const;
const prices = { inputPerMillionTokensUSD: '0.15', outputPerMillionTokensUSD: '0.60' };
const keyed = sampleBackend({
  openai: { baseURL: 'http://model:8000/v1/', apiKeySecretRef: { name: 'keys', key: 'token' } },
  models: [{ name: 'small', contextWindow: 8192, prices }],
});
const podOf = (spec: Parameters<typeof sampleJob>[0] = {}, backend = keyed) =>
  runnerPod(sampleJob(spec), 2, sampleAgent(), backend, settings);

test('the whole Pod', () => {
  const budget = { maxCostUSD: '0.50' };
  expect(podOf({ seed: 7, budget })).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'sum-2',
      namespace: 'team',
      labels: {
        'app.kubernetes.io/name': 'rune-runner',
        'app.kubernetes.io/component': 'runner',
        'app.kubernetes.io/managed-by': 'rune-operator',
        'bench.rune.ai/job-uid': '0123456789',
        'bench.rune.ai/attempt': '2',
      },
      annotations: {
        'bench.rune.ai/backend': 'local',
        'bench.rune.ai/job': JSON.stringify({
          v: 1,
          namespace: 'team',
          name: 'sum',
          uid: '0123456789',
          attempt: 2,
          trial: 0,
          seed: 7,
          agent: { name: 'model', options: {}, openai: { stream: true } },
          model: { name: 'small', contextWindow: 8192 },
          backend: {
            name: 'local',
            type: 'openai',
            url: 'http://model:8000/v1',
            hasApiKey: true,
            requestTimeoutSeconds: 60,
          },
          prices,
          budget,
          activeDeadlineSeconds: 600,
        }),
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      },
      finalizers: ['bench.rune.ai/result'],
      ownerReferences: [
        {
          apiVersion: 'bench.rune.ai/v1alpha1',
          kind: 'RuneJob',
          name: 'sum',
          uid: '0123456789',
          controller: true,
        },
      ],
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 8,
      activeDeadlineSeconds: 3600 + 600 + 180,
      tolerations: ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 60,
      })),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'runner',
          image: 'rune:1',
          imagePullPolicy: 'IfNotPresent',
          args: ['runners/main.ts'],
          resources: {
            requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
            limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '128Mi' },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          volumeMounts: [
            { name: 'job', mountPath: '/etc/rune/job', readOnly: true },
            { name: 'question', mountPath: '/etc/rune/question', readOnly: true },
            { name: 'api-key', mountPath: '/etc/rune/api-key', readOnly: true },
            { name: 's3', mountPath: '/etc/rune/s3', readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
        {
          name: 'job',
          downwardAPI: {
            items: [{ path: 'job.json', fieldRef: { fieldPath: "metadata.annotations['bench.rune.ai/job']" } }],
          },
        },
        {
          name: 'question',
          secret: {
            secretName: 'sum-question-01234567',
            defaultMode: 0o440,
            items: [{ key: 'question.json', path: 'question.json' }],
          },
        },
        { name: 's3', secret: { secretName: 'rune-s3', optional: true, defaultMode: 0o440 } },
        {
          name: 'api-key',
          secret: { secretName: 'keys', defaultMode: 0o440, items: [{ key: 'token', path: 'key' }] },
        },
      ],
    },
  });
});

test('the same job gives the same Pod, and neither question nor expected answer stands in it', () => {
  expect(podOf()).toEqual(podOf());
  expect(JSON.stringify(podOf())).not.toMatch(/forty-two|6 x 7/);
});

test('it meets the restricted Pod Security Standard, wherever the job wants it to run', () => {
  const { spec } = podOf({
    pod: {
      runtimeClassName: 'gvisor',
      priorityClassName: 'low',
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'gpu' }],
    },
  });
  expect(spec).toMatchObject({ runtimeClassName: 'gvisor', priorityClassName: 'low', nodeSelector: { disk: 'ssd' } });
  expect(spec?.tolerations?.[0]).toEqual({ key: 'gpu' });
  expect(spec).not.toHaveProperty('hostNetwork');
  expect(spec?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  for (const { securityContext, ports } of spec?.containers ?? []) {
    expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    expect(ports).toBeUndefined();
  }
  const allowed = [
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'persistentVolumeClaim',
    'projected',
    'secret',
  ];
  const kinds = (spec?.volumes ?? []).flatMap(({ name: _name, ...source }) => Object.keys(source));
  expect(kinds.filter((kind) => !allowed.includes(kind))).toEqual([]);
});

describe('resources', () => {
  test.each([
    ['a limit below the default request', { limits: { memory: '64Mi' } }, '64Mi', '64Mi'],
    ['a request above the default limit', { requests: { memory: '2Gi' } }, '2Gi', '2Gi'],
    ['both', { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }, '1Gi', '2Gi'],
    ['a number', { limits: { memory: 1000000 } }, '1000000', '1000000'],
  ])('%s', (_name, resources, request, limit) => {
    expect(podOf({ pod: { resources } }).spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '50m', memory: request, 'ephemeral-storage': '64Mi' },
      limits: { cpu: '1', memory: limit, 'ephemeral-storage': '128Mi' },
    });
  });
});

test("a queue's labels of the job are the Pod's, too, and no others", () => {
  const labels = {
    'kueue.x-k8s.io/queue-name': 'gpu',
    'kueue.x-k8s.io/priority-class': 'high',
    'bench.rune.ai/attempt': '9',
    team: 'a',
  };
  const pod = runnerPod(sampleJob({}, undefined, { labels }), 2, sampleAgent(), keyed, settings);
  expect(pod.metadata.labels).toEqual({
    ...podOf().metadata.labels,
    'kueue.x-k8s.io/queue-name': 'gpu',
    'kueue.x-k8s.io/priority-class': 'high',
  });
});

test('a backend without a key mounts none', () => {
  const backend = sampleBackend({ ollama: { url: 'http://ollama:11434' } });
  const { openai: _openai, ...spec } = backend.spec;
  const pod = podOf({}, { ...backend, spec });
  expect(pod.spec?.volumes?.map(({ name }) => name)).toEqual(['tmp', 'job', 'question', 's3']);
  expect(JSON.parse(pod.metadata.annotations?.['bench.rune.ai/job'] ?? '').backend).toMatchObject({
    type: 'ollama',
    url: 'http://ollama:11434',
    hasApiKey: false,
  });
});

describe('the question', () => {
  const { question: _question, ...ofRun } = sampleJob({
    questionRef: { revision: 'nightly-1', id: 'sum', hasFixtures: false },
  }).spec;
  const jobOfRun = { ...sampleJob(), spec: ofRun };

  test('of a job of its own is an immutable Secret that goes with it', () => {
    const secret = questionSecret(sampleJob());
    expect(secret).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'sum-question-01234567',
        namespace: 'team',
        labels: { 'bench.rune.ai/job-uid': '0123456789', 'app.kubernetes.io/managed-by': 'rune-operator' },
        ownerReferences: podOf().metadata.ownerReferences,
      },
      type: 'bench.rune.ai/revision',
      immutable: true,
      data: { 'question.json': expect.any(String) },
    });
    const written = Buffer.from(secret?.data['question.json'] ?? '', 'base64').toString();
    expect(JSON.parse(written)).toEqual(sampleJob().spec.question);
  });

  test('of a job of a run is in the Secret of the run', () => {
    expect(questionSecret(jobOfRun)).toBeUndefined();
    const { volumes } = runnerPod(jobOfRun, 1, sampleAgent(), keyed, settings).spec ?? {};
    expect(volumes?.find(({ name }) => name === 'question')?.secret).toMatchObject({
      secretName: 'nightly-1',
      items: [{ key: 'sum.json', path: 'question.json' }],
    });
  });
});

test('prices are those of the model, else of the backend, else unknown', () => {
  const own = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };
  const backend = sampleBackend({ prices, models: [{ name: 'small', prices: own }, { name: 'big' }] });
  expect(['small', 'big', 'other'].map((name) => pricesOf(backend, name))).toEqual([own, prices, prices]);
  expect(pricesOf(sampleBackend(), 'small')).toBeUndefined();
});

describe('the Pod of a job of a run', () => {
  const labels = {
    'bench.rune.ai/benchmark': 'nightly',
    'bench.rune.ai/run': 'nightly-1',
    'bench.rune.ai/run-uid': 'run-uid',
    'bench.rune.ai/cell': '1',
    'bench.rune.ai/case': '4',
    'bench.rune.ai/trial': '2',
  };
  const frozen = { inputPerMillionTokensUSD: '3', outputPerMillionTokensUSD: '9' };
  const model = { name: 'small', backendRef: { name: 'local' }, prices: frozen };
  const job = sampleJob({ model }, undefined, { labels: { ...labels, team: 'sre', 'kueue.x-k8s.io/queue-name': 'q' } });
  const { metadata } = runnerPod(job, 1, sampleAgent(), keyed, settings);

  test('says which case of which run it is, and nothing that was not asked for', () => {
    expect(metadata.labels).toMatchObject({ ...labels, 'kueue.x-k8s.io/queue-name': 'q' });
    expect(metadata.labels).not.toHaveProperty('team');
  });

  test('tells the runner the run, and the prices that the run froze', () => {
    const file = JSON.parse(metadata.annotations?.['bench.rune.ai/job'] ?? '');
    expect(file).toMatchObject({ run: 'nightly-1', prices: frozen });
  });
});
