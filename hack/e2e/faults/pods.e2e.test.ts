import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PODS, pathOf, SECRETS } from '../../../controllers/kube/resource.ts';
import { waitFor } from '../../cluster/wait.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { condition, JobHistory } from './job-history.ts';

/** The first attempt runs until it is ended; the next one is answered at once. */
const firstHangs = '<<hang>> <<times: 1>>';

let scene: Scene;
let history: JobHistory;

beforeAll(async () => {
  scene = await Scene.open('pods');
  history = await JobHistory.of(scene);
});

afterAll(async () => {
  await history.stop();
  await scene.close();
});

describe.concurrent('a Pod that is ended from outside', () => {
  test('deleted: the job is tried again and ends right', async () => {
    await ask('deleted', { backoffLimit: 1 });
    await asked('deleted');
    await scene.client.kube.remove(PODS, 'deleted-1', scene.namespace);
    await expectRightAfter('deleted', ['PodDeleted']);
  });

  test('killed without grace: the job is tried again and ends right', async () => {
    await ask('forced', { backoffLimit: 1 });
    await asked('forced');
    await scene.client.kube.remove(PODS, 'forced-1', scene.namespace, { gracePeriodSeconds: 0 });
    await expectRightAfter('forced', ['PodDeleted']);
  });

  test('evicted by the API: the job is tried again and ends right', async () => {
    await ask('evicted', { backoffLimit: 1 });
    await asked('evicted');
    await history.admin.client.transport.call({
      method: 'POST',
      path: `${pathOf(PODS, scene.namespace, 'evicted-1')}/eviction`,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted-1' } },
      timeoutMilliseconds: 10_000,
    });
    const attempts = await expectRightAfter('evicted', ['Evicted']);
    expect(attempts[0]?.message).toContain('EvictionByEvictionAPI');
  });

  test('out of memory: each attempt says so, and the end says what to raise', async () => {
    const resources = { requests: { memory: '24Mi' }, limits: { memory: '24Mi' } };
    await ask('memory', { backoffLimit: 1, pod: { resources } });
    const status = await history.finished('memory');
    expect(status.outcome).toBe('InfraError');
    expect(status.attempts?.map(({ reason }) => reason)).toEqual(['OOMKilled', 'OOMKilled']);
    expect(condition({ status }, 'Finished')?.message).toContain('raise spec.pod.resources.limits.memory');
  });

  test('with its job deleted: nothing is left', async () => {
    await ask('gone');
    await asked('gone');
    await scene.kubectl.run(['delete', 'runejob/gone', '--namespace', scene.namespace, '--timeout=60s']);
    await scene.client.until(PODS, 'gone-1', scene.namespace, (pod) => pod === undefined, 60);
    const secrets = await scene.client.kube.list(SECRETS, { namespace: scene.namespace });
    expect(secrets.filter(({ metadata }) => metadata.name?.startsWith('gone-'))).toEqual([]);
  });
});

async function ask(name: string, choice: JobChoice = {}): Promise<void> {
  const prompt = `Say it. <<answer: ${name} is right>> ${firstHangs}`;
  await history.create(name, { prompt, expect: [{ exact: { value: `${name} is right` } }], ...choice });
}

/** Resolves when the model has been asked. */
async function asked(name: string): Promise<void> {
  await waitFor(
    `RuneJob ${name} asks the model`,
    async () => ((await scene.served(name)).requests.length > 0 ? undefined : 'not asked yet'),
    60,
  );
}

/** One right result, after attempts that ended for the given reasons. */
async function expectRightAfter(name: string, reasons: readonly string[]) {
  const status = await history.finished(name);
  expect(status).toMatchObject({ outcome: 'Passed', answer: { excerpt: `${name} is right` } });
  expect(status.attempts?.slice(0, -1).map(({ reason }) => reason)).toEqual(reasons);
  expect(await history.ends(name)).toHaveLength(1);
  return status.attempts ?? [];
}
