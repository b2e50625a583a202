import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PODS, RUNE_JOBS } from '../../../controllers/kube/resource.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { Scene } from '../scene.ts';
import { readSreQuestions, type SreQuestion, sreAccounts } from './sre-questions.ts';

type Status = NonNullable<RuneJob['status']>;

/** Where K8sGPT has no analyzer that would name the cause, and what its answer is instead. */
const unnamed: [file: string, missing: string, answer: RegExp][] = [
  [
    '14-liveness-probe.yaml',
    'an analyzer of the Unhealthy events of containers that restart: its Pod analyzer reads them only while they run',
    /the (last )?termination reason is Error/,
  ],
  [
    '15-init-wait.yaml',
    'an analyzer of init containers that run for ever: its Pod analyzer knows waiting and terminated ones only',
    /found no problem/,
  ],
];
const named = [
  '01-crash-loop.yaml',
  '02-image-pull.yaml',
  '03-readiness-probe.yaml',
  '04-service-selector.yaml',
  '05-pvc-unbound.yaml',
  '06-out-of-memory.yaml',
  '07-quota.yaml',
  '08-configmap-key.yaml',
  '09-missing-secret.yaml',
  '10-job-backoff-limit.yaml',
  '11-ingress-backend.yaml',
  '12-autoscaler-target.yaml',
  '13-statefulset-service.yaml',
];
/** Namespaces beside each other; in each one question after the other, since their fixtures exclude each other. */
const lanes = 3;
const questionMilliseconds = 600_000;

let scenes: Scene[] = [];
let questions: SreQuestion[] = [];
const ends = new Map<string, Promise<Status>>();

beforeAll(async () => {
  scenes = await Promise.all(Array.from({ length: lanes }, async () => Scene.open('sre')));
  const accounts = await readFile(sreAccounts, 'utf8');
  await Promise.all(scenes.map(async ({ kubectl, namespace }) => kubectl.apply(accounts, namespace)));
  questions = await readSreQuestions('scripted');
  const before = scenes.map(async () => {});
  for (const [index, question] of questions.entries()) {
    const lane = index % lanes;
    const end = ask(scenes[lane], question, before[lane]);
    ends.set(question.file, end);
    before[lane] = end.then(
      () => undefined,
      () => undefined,
    );
  }
});

afterAll(async () => {
  for (const scene of scenes) await scene.close();
});

test('each question is known', () => {
  expect(questions.map(({ file }) => file)).toEqual([...named, ...unnamed.map(([file]) => file)]);
});

describe('K8sGPT names the cause', () => {
  test.each(named)('%s', { timeout: questionMilliseconds }, async (file) => {
    const status = await endOf(file);
    expect(status, JSON.stringify(status)).toMatchObject({
      outcome: 'Passed',
      attempt: 1,
      findings: { count: expect.any(Number) as number },
    });
  });
});

describe('K8sGPT does not name the cause', () => {
  test.each(unnamed)('%s: upstream lacks %s', { timeout: questionMilliseconds }, async (file, _, answer) => {
    const status = await endOf(file);
    expect(status, JSON.stringify(status)).toMatchObject({ outcome: 'Failed', scorePermille: 0 });
    expect(status.answer?.excerpt).toMatch(answer);
  });
});

test('of the questions nothing is left but their runners', { timeout: questionMilliseconds }, async () => {
  await Promise.all(ends.values());
  for (const { client, namespace } of scenes) {
    const pods = await client.kube.list(PODS, { namespace, labelSelector: 'app' });
    expect(pods.map(({ metadata }) => metadata.name)).toEqual([]);
  }
});

async function ask(
  scene: Scene | undefined,
  { file, spec }: SreQuestion,
  before: Promise<void> | undefined,
): Promise<Status> {
  await before;
  if (scene === undefined) throw new Error('no scene');
  const name = file.replace(/\.yaml$/, '');
  await scene.create(RUNE_JOBS, { metadata: { name }, spec });
  return (await scene.finished(name)).status;
}

async function endOf(file: string): Promise<Status> {
  const end = ends.get(file);
  if (end === undefined) throw new Error(`crds/examples/sre/${file} is not there`);
  return await end;
}
