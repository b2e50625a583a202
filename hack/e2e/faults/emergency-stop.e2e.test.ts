import { afterAll, beforeAll, expect, test } from 'vitest';
import { PODS } from '../../../controllers/kube/resource.ts';
import { LABEL } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { operatorNamespace } from '../../install/operator.ts';
import { Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';
import { callStop, releaseStop, removeStop } from './emergency-stop.ts';
import { scaleOperator } from './host-operators.ts';
import { condition, JobHistory } from './job-history.ts';

const RUNNING = ['running-1', 'running-2', 'running-3', 'running-4'];
const WAITING = ['waiting-1', 'waiting-2'];
const backend = 'narrow';
const slow = 'Say yes. <<answer: yes>> <<delay: 120000ms>>';

let scene: Scene;
let history: JobHistory;
let calledAt: number;

beforeAll(async () => {
  scene = await Scene.open('stop');
  history = await JobHistory.of(scene);
  await removeStop(history.admin.client);
  // As many as run, so that the others wait for their turn.
  const openai = { baseURL: `${scriptedURL}/v1` };
  await scene.backend(backend, { openai, maxConcurrentJobs: RUNNING.length });
  for (const name of RUNNING) await history.create(name, { backend, prompt: slow });
  await Promise.all(RUNNING.map((name) => history.until(name, 'runs', isRunning)));
  for (const name of WAITING) await history.create(name, { backend });
  await Promise.all(WAITING.map((name) => history.until(name, 'waits', hasReason('BackendBusy'))));
  calledAt = await callStop(history.admin.client, 'a drill of the test');
});

afterAll(async () => {
  await removeStop(history.admin.client);
  await history.stop();
  await scene.close();
});

test('everything that runs is ended within 10 s, and says why', async () => {
  for (const name of RUNNING) {
    const status = await history.finished(name);
    expect(status).toMatchObject({ outcome: 'Stopped', attempt: 1 });
    const message = 'Stopped by the emergency stop: a drill of the test.';
    expect(condition({ status }, 'Finished')).toMatchObject({ status: 'True', reason: 'Stopped', message });
    expect(Date.parse(status.completionTime ?? '') - calledAt).toBeLessThanOrEqual(10_000);
    expect(await scene.event(name, 'Stopped')).toMatchObject({ message });
  }
  const pods = await history.admin.client.list(PODS, { namespace: scene.namespace, labelSelector: LABEL.jobUid });
  const ends = pods.map(({ status }) => status?.containerStatuses?.map(({ state }) => state?.terminated?.finishedAt));
  for (const finishedAt of ends.flat()) {
    expect(Date.parse(finishedAt ?? '') - calledAt).toBeLessThanOrEqual(10_000);
  }
});

test('everything that waits is held, and says until when', async () => {
  for (const name of WAITING) await expectHeld(name);
});

test('a new operator starts nothing', async () => {
  await scaleOperator(scene, 0);
  await history.create('late', { backend });
  await scaleOperator(scene, 2);
  for (const name of [...WAITING, 'late']) await expectHeld(name);
  const pods = await history.admin.client.list(PODS, { namespace: scene.namespace, labelSelector: LABEL.jobUid });
  expect(pods.map(({ metadata }) => metadata.name).filter((name) => !name?.startsWith('running-'))).toEqual([]);
});

test('kubectl and the metrics tell of it', async () => {
  const table = await scene.kubectl.run(['get', 'rj', '--namespace', scene.namespace]);
  expect(table).toMatch(/^running-1 .* Stopped /m);
  expect(table).toMatch(/^waiting-1 .* EmergencyStop /m);
  const where = ['--namespace', operatorNamespace, '--output=name', '--selector=app.kubernetes.io/component=operator'];
  const names = (await scene.kubectl.run(['get', 'pods', ...where])).trim().split('\n');
  const metrics = await Promise.all(names.map(async (name) => metricsOf(name.replace('pod/', ''))));
  expect(metrics.flatMap((text) => /^rune_emergency_stop \d$/m.exec(text) ?? []).toSorted()).toEqual([
    'rune_emergency_stop 0',
    'rune_emergency_stop 1',
  ]);
});

test('after its release what was held goes on, and what was stopped does not', async () => {
  await releaseStop(history.admin.client);
  for (const name of [...WAITING, 'late']) expect((await history.finished(name)).outcome).toBe('Answered');
  for (const name of RUNNING) {
    expect(await history.ends(name)).toEqual([JSON.stringify(['Stopped', 1, null])]);
    expect(history.jobs.get(scene.namespace, name)?.status?.attempts).toHaveLength(1);
  }
});

async function expectHeld(name: string): Promise<void> {
  await history.untilNow(name, 'held', hasReason('EmergencyStop'));
  const job = history.jobs.get(scene.namespace, name) ?? expect.unreachable();
  const message =
    'Held by the emergency stop: a drill of the test. It is released by data.active "false" in the ConfigMap ' +
    'rune-system/rune-emergency-stop, or by deleting that.';
  expect(condition(job, 'Started')).toMatchObject({ status: 'False', reason: 'EmergencyStop', message });
  expect(condition(job, 'Suspended')).toMatchObject({ status: 'True', reason: 'EmergencyStop', message });
  expect(await scene.event(name, 'EmergencyStop')).toMatchObject({ message });
}

async function metricsOf(pod: string): Promise<string> {
  return await scene.kubectl.run([
    'get',
    '--raw',
    `/api/v1/namespaces/${operatorNamespace}/pods/${pod}:9090/proxy/metrics`,
  ]);
}

function isRunning(job: RuneJob): boolean {
  return condition(job, 'Started')?.status === 'True';
}

function hasReason(reason: string) {
  return (job: RuneJob) => condition(job, 'Started')?.reason === reason;
}
