import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiResource, PODS } from '../../../controllers/kube/resource.ts';
import { findCondition } from '../../../crds/conditions.ts';
import { CONDITION, LABEL } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { type NodeFaults, nodeFaults } from '../../cluster/faults.ts';
import { waitFor } from '../../cluster/wait.ts';
import { operatorNamespace } from '../../install/operator.ts';
import { describeOnNode } from '../faults/describe-on-node.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { fixtureAccount, fixtures } from './fixture-objects.ts';
import { killProgram } from './kill-program.ts';

const CONFIG_MAPS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const DEPLOYMENTS: ApiResource = { ...CONFIG_MAPS, group: 'apps', plural: 'deployments', kind: 'Deployment' };
const LEFT_SECONDS = 120;
/** The first attempt runs until it is ended; the next one is answered at once. */
const firstHangs = '<<hang>> <<times: 1>>';

const scenes: Scene[] = [];

afterAll(async () => {
  for (const scene of scenes) await scene.close();
});

describe.concurrent('fixtures are gone', () => {
  test('after a right answer, and they were there when the agent was asked', async () => {
    const scene = await ask({
      prompt: 'Where? <<answer: Paris>> <<delay: 8s>>',
      expect: [{ exact: { value: 'Paris' } }],
    });
    await asked(scene);
    expect(await left(scene)).toEqual(['ConfigMap settings', 'Deployment web', expect.stringMatching(/^Pod web-/)]);
    // A second job in the namespace waits for its turn.
    await job(scene, 'next', { prompt: 'Where? <<answer: Paris>>' });
    const waits = await scene.until('next', (next) => next !== undefined && started(next)?.reason === 'FixturesInUse');
    expect(started(waits)?.message).toContain('"ask"');
    const { status } = await scene.finished('ask');
    expect(status).toMatchObject({ outcome: 'Passed', attempt: 1 });
    expect(status.timings?.fixturesMilliseconds).toBeGreaterThan(0);
    expect((await scene.finished('next')).status).toMatchObject({ outcome: 'Answered', attempt: 1 });
    expect(await left(scene)).toEqual([]);
  });

  test('after a wrong answer', async () => {
    const scene = await ask({ prompt: 'Where? <<answer: Rome>>', expect: [{ exact: { value: 'Paris' } }] });
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Failed' });
    expect(await left(scene)).toEqual([]);
  });

  test('after a fault of the model, before the next attempt makes them again', async () => {
    const scene = await ask({ prompt: 'Where? <<error: 500>> <<times: 1>> <<answer: Paris>>', backoffLimit: 1 });
    const { status } = await scene.finished('ask');
    expect(status).toMatchObject({ outcome: 'Answered', attempt: 2, attempts: [{ outcome: 'BackendError' }, {}] });
    expect(await left(scene)).toEqual([]);
  });

  test('after the deadline, which does not count what it took to make them', async () => {
    const scene = await ask({ prompt: 'Where? <<hang>>', activeDeadlineSeconds: 2, backoffLimit: 0 });
    expect((await scene.finished('ask')).status.outcome).toMatch(/^(AgentTimeout|BackendError)$/);
    expect(await left(scene)).toEqual([]);
  });

  test('after it was cancelled', async () => {
    const scene = await ask({ prompt: 'Where? <<hang>>' });
    await asked(scene);
    await scene.kubectl.run([
      'patch',
      'rj/ask',
      '-n',
      scene.namespace,
      '--type=merge',
      '-p',
      '{"spec":{"cancel":true}}',
    ]);
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Cancelled' });
    await nothingLeft(scene);
  });

  test('when they never were as they should be, and the job says what was seen', async () => {
    const never = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', jsonPath: '$.data.colour', value: 'red' };
    const scene = await ask({ backoffLimit: 0 }, { until: [never], timeoutSeconds: 20 });
    const { status } = await scene.finished('ask');
    expect(status).toMatchObject({ outcome: 'InfraError', attempts: [{ reason: 'FixturesTimedOut' }] });
    expect(status.attempts?.[0]?.message).toContain('must give "red"; last seen: "blue".');
    expect(await left(scene)).toEqual([]);
  });

  test('when one of them is refused', async () => {
    const scene = await ask(
      {},
      { manifests: [...fixtures.manifests, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }] },
    );
    const { status } = await scene.finished('ask');
    expect(status).toMatchObject({ outcome: 'InfraError', attempt: 1, attempts: [{ reason: 'FixturesFailed' }] });
    expect(status.attempts?.[0]?.message).toContain('may not create secrets, get secrets, delete secrets');
    expect(await left(scene)).toEqual([]);
  });
});

describeOnNode('fixtures are gone after a SIGKILL', () => {
  let faults: NodeFaults;

  beforeAll(async () => {
    faults = await nodeFaults();
  });

  test('of the runner: garbage collection takes them, and the next attempt makes them again', async () => {
    const scene = await ask({ prompt: `Where? <<answer: Paris>> ${firstHangs}`, backoffLimit: 1 });
    await asked(scene);
    await killRunner(scene);
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Answered', attempt: 2 });
    await nothingLeft(scene);
  });

  test('of the operator and the runner', async () => {
    const scene = await ask({ prompt: `Where? <<answer: Paris>> ${firstHangs}`, backoffLimit: 1 });
    await asked(scene);
    await killOperators(scene);
    await killRunner(scene);
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Answered', attempt: 2 });
    await nothingLeft(scene);
  });

  test('of the kubelet, while the runner goes on', async () => {
    const scene = await ask({ prompt: 'Where? <<answer: Paris>> <<delay: 4000ms>>' });
    await asked(scene);
    await faults.kill('kubelet');
    // The runner still takes them away, Pods aside: their end is the kubelet's to tell.
    const rest = async () => (await left(scene)).filter((object) => !object.startsWith('Pod '));
    await waitFor(
      'the runner deletes',
      async () => nothing((await rest()).filter((one) => one !== 'Deployment web')),
      60,
    );
    await faults.start('kubelet');
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Answered', attempt: 1 });
    await nothingLeft(scene);
  });

  test('of the kubelet and the runner', async () => {
    const scene = await ask({ prompt: `Where? <<answer: Paris>> ${firstHangs}`, backoffLimit: 1 });
    await asked(scene);
    await faults.kill('kubelet');
    await killRunner(scene);
    await faults.start('kubelet');
    expect((await scene.finished('ask')).status).toMatchObject({ outcome: 'Answered', attempt: 2 });
    await nothingLeft(scene);
  });
});

/** A job `ask` with fixtures in a namespace of its own, since they exclude each other. */
async function ask(
  choice: JobChoice,
  changes: Partial<typeof fixtures> & { timeoutSeconds?: number } = {},
): Promise<Scene> {
  const scene = await Scene.open('fixtures');
  scenes.push(scene);
  await scene.kubectl.apply(fixtureAccount, scene.namespace);
  await job(scene, 'ask', choice, changes);
  return scene;
}

async function job(scene: Scene, name: string, choice: JobChoice, changes: object = {}): Promise<void> {
  const { question, ...spec } = scene.jobSpec(name, choice);
  if (question === undefined) throw new Error('the question is in a Secret');
  const pod = { serviceAccountName: 'fixtures' };
  const asks = { ...spec, pod, question: { ...question, fixtures: { ...fixtures, ...changes } } };
  await scene.kubectl.apply(
    JSON.stringify({ apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneJob', metadata: { name }, spec: asks }),
    scene.namespace,
  );
}

function started(job: RuneJob) {
  return findCondition(job.status?.conditions, CONDITION.started);
}

/** Resolves when the model has been asked. */
async function asked(scene: Scene): Promise<void> {
  const requests = async () => (await scene.served('ask')).requests.length;
  await waitFor('the job asks the model', async () => ((await requests()) > 0 ? undefined : 'not asked yet'), 90);
}

async function killRunner({ client, namespace }: Scene): Promise<void> {
  const pod = await client.kube.get(PODS, 'ask-1', namespace);
  killProgram(pod?.metadata.uid ?? '', 'runners/main.ts');
}

async function killOperators({ client }: Scene): Promise<void> {
  const labelSelector = 'app.kubernetes.io/component=operator';
  const pods = await client.kube.list(PODS, { namespace: operatorNamespace, labelSelector });
  for (const { metadata } of pods) killProgram(metadata.uid ?? '', 'controllers/main.ts');
}

/** The fixtures that are there, as `<kind> <name>`. */
async function left({ client, namespace }: Scene): Promise<string[]> {
  const made = { namespace, labelSelector: LABEL.jobUid };
  const found = await Promise.all([
    client.kube.list(CONFIG_MAPS, made),
    client.kube.list(DEPLOYMENTS, made),
    client.kube.list(PODS, { namespace, labelSelector: 'app=web' }),
  ]);
  return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function nothingLeft(scene: Scene): Promise<void> {
  await waitFor(`no fixtures in ${scene.namespace}`, async () => nothing(await left(scene)), LEFT_SECONDS);
}

function nothing(objects: string[]): string | undefined {
  return objects.length === 0 ? undefined : objects.join(', ');
}
