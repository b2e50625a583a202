import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubeletFreeCluster } from '../../hack/e2e/faults/kubelet-free-cluster.ts';
import { fakeReport } from '../../hack/e2e/faults/fake-report.ts';
import { creations, isOfJob } from '../../hack/e2e/faults/write-log.ts';
import { isStarted } from './attempts.ts';

let cluster: KubeletFreeCluster;

beforeAll(async () => {
  cluster = await KubeletFreeCluster.start();
  await cluster.startOperator('life', ['--pod-retention-seconds=1', '--retry-backoff-seconds=0']);
});
afterAll(async () => cluster.stop());

describe.concurrent('a job that goes well', () => {
  test('takes at most six writes', async () => {
    const namespace = await cluster.namespace();
    cluster.script(namespace, 'well', () => async (pod) => {
      await pod.bind();
      await pod.running();
      await cluster.untilJob(namespace, 'well', 'started', isStarted);
      await pod.terminated(JSON.stringify(fakeReport(pod.latest)));
    });
    await cluster.createJob(namespace, 'well');
    const { outcome } = await cluster.untilFinished(namespace, 'well');
    expect(outcome).toBe('Passed');
    await cluster.untilPod(namespace, 'well-1', 'gone', (pod) => pod === undefined);
    const writes = cluster.log.successful.filter((write) => isOfJob(write) && write.path.includes(namespace));
    console.log(cluster.log.writes.map(w => `${w.method} ${w.path} ${w.code}`).join('\n'));
    expect(creations(cluster.log, 'pods').get(`${namespace}/well-1`)).toBe(1);
  });
});
