import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import { callStop, releaseStop, removeStop } from '../../hack/e2e/faults/emergency-stop.ts';
import type { PodScript } from '../../hack/e2e/faults/fake-kubelet.ts';
import { KubeletFreeCluster } from '../../hack/e2e/faults/kubelet-free-cluster.ts';
import { Succession } from '../../hack/e2e/faults/succession.ts';
import { creations, type Write } from '../../hack/e2e/faults/write-log.ts';
import { condition, isFinished, isStarted } from './attempts.ts';

/** More than an operator works on at once, by far. */
const MANY = 200;
/** As many jobs are worked on at once. */
const WORKERS = 8;
/** Nobody takes over but after a kill: on a busy machine a short Lease is lost. */
const PATIENT_LEASE = ['--lease-duration-seconds=12', '--lease-renew-deadline-seconds=10'];

const IN_LINE = new Set(['BackendBusy', 'RunnerLimitReached']);

let cluster: KubeletFreeCluster;
let operators: Succession;

beforeAll(async () => {
  cluster = await KubeletFreeCluster.start(150);
  const flags = [`--max-runner-pods=${MANY}`, '--retry-backoff-seconds=0', ...PATIENT_LEASE];
  operators = await Succession.begin(async (held) => cluster.startOperator('stop', flags, held));
});
afterEach(async () => removeStop(cluster.admin.client));
afterAll(async () => {
  await operators.end();
  await cluster.stop();
});

describe('an emergency stop', () => {
  test(`ends ${MANY} running attempts first, then holds the others until its release`, {
    timeout: 300_000,
  }, async () => {
    const { namespace, running, waiting } = await populated(MANY);
    await callStop(cluster.admin.client, 'the bill runs away');
    const ended = await Promise.all(running.map((name) => cluster.untilFinished(namespace, name)));
    for (const { job } of ended) expectStopped(job, 'Stopped by the emergency stop: the bill runs away.');
    for (const name of waiting) await untilHeld(namespace, name);
    // What takes time on a busy machine is asked of the end-to-end test; this is what makes it short.
    const times = Map.groupBy(cluster.log.writes, (write) => stepOf(write, namespace));
    for (const step of ['mark', 'delete', 'end']) expect(times.get(step), step).toHaveLength(MANY);
    const firstHold = Math.min(...(times.get('hold') ?? []).map(({ receivedAt }) => receivedAt));
    const late = times.get('delete')?.filter(({ receivedAt }) => receivedAt > firstHold) ?? [];
    expect(late.length).toBeLessThan(WORKERS);
    await releaseStop(cluster.admin.client);
    await expectGoesOn(namespace, running, waiting);
  });

  test('survives the operator, however often it is killed: nothing is made, and nothing comes back', async () => {
    const { namespace, running, waiting } = await populated(12, 12);
    const done = ['mark', 'delete', 'end', 'hold'].flatMap((step) => [
      killOnce((write) => stepOf(write, namespace) === step, 'kill before'),
      killOnce((write) => stepOf(write, namespace) === step, 'kill after'),
    ]);
    await callStop(cluster.admin.client, 'a drill');
    for (const name of running) expectStopped((await cluster.untilFinished(namespace, name)).job, 'Stopped by');
    for (const name of waiting) await untilHeld(namespace, name);
    for (const { isDone, stop } of done) {
      expect(isDone()).toBe(true);
      stop();
    }
    await cluster.createJob(namespace, 'late');
    await untilHeld(namespace, 'late');
    const made = [...creations(cluster.log, 'pods').keys()].filter((pod) => pod.startsWith(`${namespace}/`));
    expect(made.toSorted()).toEqual(running.map((name) => `${namespace}/${name}-1`).toSorted());
    await removeStop(cluster.admin.client);
    await expectGoesOn(namespace, running, [...waiting, 'late']);
  });

  test('leaves cancel, delete and suspend as they are', async () => {
    const namespace = await cluster.namespace();
    await cluster.untilBackendReady(namespace);
    await callStop(cluster.admin.client, 'a drill');
    for (const name of ['cancelled', 'deleted', 'suspended']) {
      await cluster.createJob(namespace, name);
      await untilHeld(namespace, name);
    }
    await cluster.patchJob(namespace, 'cancelled', { cancel: true });
    expect((await cluster.untilFinished(namespace, 'cancelled')).outcome).toBe('Cancelled');
    await cluster.deleteJob(namespace, 'deleted');
    await cluster.untilJobGone(namespace, 'deleted');
    await cluster.patchJob(namespace, 'suspended', { suspend: true });
    await releaseStop(cluster.admin.client);
    const isSuspended = (job: RuneJob) => condition(job, 'Started')?.reason === 'Suspended';
    const { status } = await cluster.untilJob(namespace, 'suspended', 'suspended', isSuspended);
    expect(condition({ status } as RuneJob, 'Suspended')).toMatchObject({ status: 'True', reason: 'Suspended' });
    await cluster.patchJob(namespace, 'suspended', { suspend: false });
    expect((await cluster.untilFinished(namespace, 'suspended')).outcome).toBe('Passed');
  });
});

/** Jobs whose Pods run, and three times as few that wait for room, of which those that come once there is some end well. */
async function populated(count: number, maxConcurrentJobs = 1000) {
  const namespace = await cluster.namespace(maxConcurrentJobs);
  await cluster.untilBackendReady(namespace);
  const running = Array.from({ length: count }, (_, index) => `running-${index}`);
  const waiting = Array.from({ length: Math.ceil(count / 10) }, (_, index) => `waiting-${index}`);
  for (const name of running) cluster.script(namespace, name, () => runs);
  await Promise.all(running.map((name) => cluster.createJob(namespace, name)));
  await Promise.all(running.map((name) => cluster.untilJob(namespace, name, 'started', isStarted)));
  await Promise.all(waiting.map((name) => cluster.createJob(namespace, name)));
  const isInLine = (job: RuneJob) => IN_LINE.has(condition(job, 'Started')?.reason ?? '');
  await Promise.all(waiting.map((name) => cluster.untilJob(namespace, name, 'in line', isInLine)));
  return { namespace, running, waiting };
}

function expectStopped(job: RuneJob, message: string): void {
  expect(job.status?.outcome).toBe('Stopped');
  expect(condition(job, 'Finished')).toMatchObject({ status: 'True', reason: 'Stopped' });
  expect(condition(job, 'Finished')?.message).toContain(message);
  expect(job.status?.attempts).toMatchObject([{ number: 1, outcome: 'Stopped', reason: 'EmergencyStop' }]);
}

async function untilHeld(namespace: string, name: string): Promise<void> {
  const isHeld = (job: RuneJob) => condition(job, 'Started')?.reason === 'EmergencyStop';
  const job = await cluster.untilJob(namespace, name, 'held', isHeld);
  expect(isFinished(job)).toBe(false);
  expect(condition(job, 'Suspended')).toMatchObject({ status: 'True', reason: 'EmergencyStop' });
  expect(condition(job, 'Started')?.message).toContain('rune-system/rune-emergency-stop');
}

async function expectGoesOn(namespace: string, stopped: string[], held: string[]): Promise<void> {
  for (const name of held) expect((await cluster.untilFinished(namespace, name)).outcome, name).toBe('Passed');
  for (const name of stopped)
    expect(cluster.jobs.get(namespace, name)?.status).toMatchObject({ outcome: 'Stopped', attempt: 1 });
}

function killOnce(is: (write: Write) => boolean, kind: 'kill before' | 'kill after') {
  let isDone = false;
  const stop = cluster.log.rule((write) => {
    if (isDone || !is(write)) return undefined;
    isDone = true;
    return { kind };
  });
  return { isDone: () => isDone, stop };
}

/** What a write does for the stop: marks an attempt, deletes its Pod, records its end, or holds a job. */
function stepOf({ method, path, body }: Write, namespace: string): string | undefined {
  if (!path.includes(`/namespaces/${namespace}/`)) return undefined;
  if (method === 'DELETE' && path.includes('/pods/')) return 'delete';
  if (!path.endsWith('/status')) return undefined;
  const { status } = body as RuneJob;
  if (status?.outcome === 'Stopped') return 'end';
  const of = (type: string) => status?.conditions?.find((one) => one.type === type)?.reason;
  if (of('Started') === 'EmergencyStop') return 'hold';
  return of('Suspended') === 'EmergencyStop' ? 'mark' : undefined;
}

const runs: PodScript = async (pod) => {
  await pod.bind();
  await pod.running();
};
