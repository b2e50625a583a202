import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import type { FakePod, PodScript } from '../../hack/e2e/faults/fake-kubelet.ts';
import { fakeReport } from '../../hack/e2e/faults/fake-report.ts';
import { KubeletFreeCluster } from '../../hack/e2e/faults/kubelet-free-cluster.ts';
import { creations, type Fault, isOfJob } from '../../hack/e2e/faults/write-log.ts';
import { stepOf } from '../../hack/e2e/faults/write-step.ts';
import { condition, isStarted } from './attempts.ts';

let cluster: KubeletFreeCluster;

beforeAll(async () => {
  cluster = await KubeletFreeCluster.start();
  await cluster.startOperator('life', ['--pod-retention-seconds=1', '--retry-backoff-seconds=0']);
});
afterAll(async () => cluster.stop());

// The slowest first: they wait for the garbage collector, and for a node that is silent.
describe.concurrent('a RuneJob', () => {
  test('goes on in another Pod when its node falls silent for good', async () => {
    const namespace = await ready();
    cluster.script(namespace, 'silent', (attempt) => (attempt === 1 ? fallsSilent : reportsOnceStarted));
    await cluster.createJob(namespace, 'silent');
    await cluster.untilJob(namespace, 'silent', 'started', isStarted);
    await cluster.deletePod(namespace, 'silent-1');
    const { job } = await cluster.untilFinished(namespace, 'silent');
    expect(job.status?.attempts?.[0]).toMatchObject({ outcome: 'InfraError', reason: 'NodeLost' });
    expectOneResult(job, 2);
  });

  describe('the end of a job', () => {
    test.each(['Foreground', 'Background'] as const)('deleted (%s) while it runs leaves nothing', async (policy) => {
      const namespace = await ready();
      cluster.script(namespace, 'deleted', () => runs);
      await cluster.createJob(namespace, 'deleted');
      await cluster.untilJob(namespace, 'deleted', 'started', isStarted);
      await cluster.deleteJob(namespace, 'deleted', policy);
      await cluster.untilNothingLeft(namespace);
    });

    test('deleted with its Pod orphaned lets the Pod go', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'orphaned', () => runs);
      await cluster.createJob(namespace, 'orphaned');
      await cluster.untilJob(namespace, 'orphaned', 'started', isStarted);
      await cluster.deleteJob(namespace, 'orphaned', 'Orphan');
      await cluster.untilPod(namespace, 'orphaned-1', 'gone', (pod) => pod === undefined);
    });

    test('comes after its ttlSecondsAfterFinished, and leaves nothing', async () => {
      const namespace = await ready();
      await cluster.createJob(namespace, 'expires', { ttlSecondsAfterFinished: 1 });
      await cluster.untilFinished(namespace, 'expires');
      await cluster.untilNothingLeft(namespace);
    });

    test('cancelled while it waits for its turn', async () => {
      const namespace = await ready(1);
      cluster.script(namespace, 'first', () => runs);
      await cluster.createJob(namespace, 'first');
      await cluster.untilJob(namespace, 'first', 'started', isStarted);
      await cluster.createJob(namespace, 'second');
      await untilWaits(namespace, 'second', 'BackendBusy');
      await cluster.patchJob(namespace, 'second', { cancel: true });
      const { job, outcome } = await cluster.untilFinished(namespace, 'second');
      expect([outcome, job.status?.attempt]).toEqual(['Cancelled', undefined]);
      await cluster.deleteJob(namespace, 'first');
    });

    test('cancelled while it runs', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'running', () => runs);
      await cluster.createJob(namespace, 'running');
      await cluster.untilJob(namespace, 'running', 'started', isStarted);
      await cluster.patchJob(namespace, 'running', { cancel: true });
      expect((await cluster.untilFinished(namespace, 'running')).outcome).toBe('Cancelled');
      await cluster.untilPod(namespace, 'running-1', 'gone', (pod) => pod === undefined);
    });

    test('keeps a result that was reported before the cancellation was seen', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'reported', () => async (pod) => {
        await runs(pod);
        pod.lastWords = JSON.stringify(fakeReport(pod.latest));
      });
      await cluster.createJob(namespace, 'reported');
      await cluster.untilJob(namespace, 'reported', 'started', isStarted);
      await cluster.patchJob(namespace, 'reported', { cancel: true });
      expectOneResult((await cluster.untilFinished(namespace, 'reported')).job, 1);
    });
  });

  describe('the life of a job', () => {
    test('that goes well takes six writes, tidying apart', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'well', () => reportsOnceStarted);
      await cluster.createJob(namespace, 'well');
      expect((await cluster.untilFinished(namespace, 'well')).outcome).toBe('Passed');
      await cluster.untilPod(namespace, 'well-1', 'gone', (pod) => pod === undefined);
      expect(writesOf(namespace)).toEqual([
        'PATCH runejobs/well/status',
        'POST secrets',
        'POST pods',
        'PATCH runejobs/well/status',
        'PATCH runejobs/well/status',
        'PATCH pods/well-1',
        'DELETE pods/well-1',
      ]);
      expect(creations(cluster.log, 'pods').get(`${namespace}/well-1`)).toBe(1);
    });

    test.each<[string, Fault]>([
      ['a conflict', { kind: 'answer', code: 409 }],
      ['too many requests', { kind: 'answer', code: 429 }],
      ['an error of the server', { kind: 'answer', code: 500 }],
      ['a cut on its way', { kind: 'cut before' }],
      ['a cut on the way back', { kind: 'cut after' }],
      ['a delay', { kind: 'delay', milliseconds: 500 }],
    ])('goes on when each of its writes once meets %s', async (_, fault) => {
      const namespace = await ready();
      const steps = new Set<string>();
      const done = cluster.log.rule((write) => {
        const step = stepOf(write, namespace, 'faulty');
        // The API server never answers a creation so.
        const isPossible = !('code' in fault && fault.code === 409 && write.method === 'POST');
        if (step === undefined || steps.has(step) || !isPossible) return undefined;
        steps.add(step);
        return fault;
      });
      cluster.script(namespace, 'faulty', () => reportsOnceStarted);
      await cluster.createJob(namespace, 'faulty');
      const { job } = await cluster.untilFinished(namespace, 'faulty');
      await cluster.untilPod(namespace, 'faulty-1', 'gone', (pod) => pod === undefined);
      done();
      expect([...steps]).toEqual(
        expect.arrayContaining(['status PodCreating 1', 'status AgentAsked 1', 'status Passed 1', 'PATCH pods -1']),
      );
      expectOneResult(job, 1);
      expect(creations(cluster.log, 'pods').get(`${namespace}/faulty-1`)).toBe(1);
    });

    test('starts anew after an eviction and ends with the second result', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'evicted', (attempt) => (attempt === 1 ? evicted : reportsOnceStarted));
      await cluster.createJob(namespace, 'evicted');
      const { job } = await cluster.untilFinished(namespace, 'evicted');
      expect(job.status?.attempts?.map(({ outcome, reason }) => [outcome, reason])).toEqual([
        ['InfraError', 'Evicted'],
        ['Passed', 'Scored'],
      ]);
      expectOneResult(job, 2);
    });

    test('ends with what the runner lacked when it runs out of memory', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'memory', () => async (pod) => {
        await pod.bind();
        await pod.running();
        await pod.terminated(undefined, 137, 'OOMKilled');
      });
      await cluster.createJob(namespace, 'memory', { backoffLimit: 1 });
      const { job, outcome } = await cluster.untilFinished(namespace, 'memory');
      expect(outcome).toBe('InfraError');
      expect(job.status?.attempts?.map(({ reason }) => reason)).toEqual(['OOMKilled', 'OOMKilled']);
      expect(condition(job, 'Finished')?.message).toContain('raise spec.pod.resources.limits.memory');
    });

    test.each<[string, PodScript]>([
      ['ImagePull', withImageMissing],
      ['Unschedulable', (pod) => pod.unschedulable('0/1 nodes are available')],
    ])('waits with the reason %s, and ends at its start deadline', async (reason, script) => {
      const namespace = await ready();
      cluster.script(namespace, 'late', () => script);
      await cluster.createJob(namespace, 'late', { startDeadlineSeconds: 3 });
      await untilWaits(namespace, 'late', reason);
      const { job, outcome } = await cluster.untilFinished(namespace, 'late');
      expect(outcome).toBe('InfraError');
      expect(condition(job, 'Started')).toMatchObject({ status: 'False', reason: 'StartDeadlineExceeded' });
      expect(creations(cluster.log, 'pods').get(`${namespace}/late-1`)).toBe(1);
    });
  });

  describe('a Pod that cannot be made', () => {
    test('because of a quota: the job says so, and goes on when there is room', async () => {
      const namespace = await ready();
      await cluster.setQuota(namespace, { pods: '0' });
      await cluster.createJob(namespace, 'refused');
      const waiting = await untilWaits(namespace, 'refused', 'PodRefused');
      expect(condition(waiting, 'Started')?.message).toContain('quota');
      await cluster.setQuota(namespace, { pods: '10' });
      expectOneResult((await cluster.untilFinished(namespace, 'refused')).job, 1);
    });

    test('because of a class that is not there: the job ends at its start deadline', async () => {
      const namespace = await ready();
      const pod = { priorityClassName: 'not-there' };
      await cluster.createJob(namespace, 'refused', { pod, startDeadlineSeconds: 2, backoffLimit: 0 });
      const waiting = await untilWaits(namespace, 'refused', 'PodRefused');
      expect(condition(waiting, 'Started')?.message).toContain('not-there');
      expect((await cluster.untilFinished(namespace, 'refused')).outcome).toBe('InfraError');
    });

    test("because somebody else's Pod has its name: the job waits until that is gone", async () => {
      const namespace = await ready();
      await cluster.createForeignPod(namespace, 'taken-1');
      await cluster.createJob(namespace, 'taken');
      await untilWaits(namespace, 'taken', 'PodNameTaken');
      await cluster.deletePod(namespace, 'taken-1');
      expectOneResult((await cluster.untilFinished(namespace, 'taken')).job, 1);
    });

    test('because the Pod of a deleted job of its name still ends: the job waits for that', async () => {
      const namespace = await ready();
      const letGo = Promise.withResolvers<void>();
      const first = await cluster.createJob(namespace, 'again', { backoffLimit: 0 });
      cluster.script(namespace, 'again', () => async (pod) => {
        if (pod.ownerUid !== first.metadata.uid) return reportsOnceStarted(pod);
        await fallsSilent(pod);
        await letGo.promise;
        pod.isSilent = false;
        await pod.end();
      });
      await cluster.untilJob(namespace, 'again', 'started', isStarted);
      await cluster.deleteJob(namespace, 'again');
      await cluster.untilJobGone(namespace, 'again');
      const second = await cluster.createJob(namespace, 'again');
      await untilWaits(namespace, 'again', 'PodNameTaken');
      letGo.resolve();
      const { job } = await cluster.untilFinished(namespace, 'again');
      expect(job.metadata.uid).toBe(second.metadata.uid);
      expectOneResult(job, 1);
    });
  });

  describe('suspension', () => {
    test('before the start: the job waits until it is resumed', async () => {
      const namespace = await ready();
      await cluster.createJob(namespace, 'held', { suspend: true });
      await untilWaits(namespace, 'held', 'Suspended');
      await cluster.patchJob(namespace, 'held', { suspend: false });
      expectOneResult((await cluster.untilFinished(namespace, 'held')).job, 1);
    });

    test('while it runs: the attempt is ended and does not count', async () => {
      const namespace = await ready();
      cluster.script(namespace, 'held', (attempt) => (attempt === 1 ? runs : reportsOnceStarted));
      await cluster.createJob(namespace, 'held', { backoffLimit: 0 });
      await cluster.untilJob(namespace, 'held', 'started', isStarted);
      await cluster.patchJob(namespace, 'held', { suspend: true });
      await untilWaits(namespace, 'held', 'Suspended');
      await cluster.patchJob(namespace, 'held', { suspend: false });
      const { job } = await cluster.untilFinished(namespace, 'held');
      expect(job.status?.retries).toBeUndefined();
      expectOneResult(job, 2);
    });
  });
});

async function ready(maxConcurrentJobs?: number): Promise<string> {
  const namespace = await cluster.namespace(maxConcurrentJobs);
  await cluster.untilBackendReady(namespace);
  return namespace;
}

/** All that the operator wrote about a job, also what was refused, in order. */
function writesOf(namespace: string): string[] {
  const ofJob = cluster.log.writes.filter((write) => isOfJob(write) && !write.path.includes('/runebackends/'));
  const own = ofJob.filter(({ path }) => path.includes(`/namespaces/${namespace}/`));
  return own.map(({ method, path }) => `${method} ${path.split(`/namespaces/${namespace}/`)[1]}`);
}

async function untilWaits(namespace: string, name: string, reason: string): Promise<RuneJob> {
  return await cluster.untilJob(namespace, name, `waits: ${reason}`, (job) => {
    const started = condition(job, 'Started');
    return started?.status === 'False' && started.reason === reason;
  });
}

/** Passed, with the answer of its last attempt's Pod, and that Pod was made once. */
function expectOneResult(job: RuneJob, attempts: number): void {
  const { namespace, name } = job.metadata;
  const pods = cluster.kubelet.pods.filter(({ ownerUid }) => ownerUid === job.metadata.uid);
  expect(pods.map(({ key }) => key)).toEqual(
    Array.from({ length: attempts }, (_, index) => `${namespace}/${name}-${index + 1}`),
  );
  expect(job.status).toMatchObject({ outcome: 'Passed', attempt: attempts });
  expect(job.status?.answer?.excerpt).toBe(pods.at(-1)?.latest.metadata.uid);
}

async function runs(pod: FakePod): Promise<void> {
  await pod.bind();
  await pod.running();
}

async function fallsSilent(pod: FakePod): Promise<void> {
  pod.isSilent = true;
  await runs(pod);
}

async function evicted(pod: FakePod): Promise<void> {
  await runs(pod);
  await pod.evicted('The node was low on resource: memory.');
}

async function withImageMissing(pod: FakePod): Promise<void> {
  await pod.bind();
  await pod.waiting('ImagePullBackOff', 'Back-off pulling image "runner"');
}

/** Ends only when the job's status says that it runs, so that each step of its life is recorded. */
async function reportsOnceStarted(pod: FakePod): Promise<void> {
  await runs(pod);
  const { namespace = '', name = '' } = pod.latest.metadata;
  await cluster.untilJob(namespace, name.replace(/-\d+$/, ''), 'started', isStarted);
  await pod.terminated(JSON.stringify(fakeReport(pod.latest)));
}
