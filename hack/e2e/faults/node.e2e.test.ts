import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuneJob } from '../../../crds/types.ts';
import { type NodeFaults, nodeFaults } from '../../cluster/faults.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';
import { describeOnNode } from './describe-on-node.ts';
import { FakeNode } from './fake-node.ts';
import { condition, JobHistory } from './job-history.ts';

let scene: Scene;
let history: JobHistory;
let faults: NodeFaults;

describeOnNode('a node in trouble', () => {
  beforeAll(async () => {
    faults = await nodeFaults();
    scene = await Scene.open('node');
    history = await JobHistory.of(scene);
  });

  afterAll(async () => {
    await history.stop();
    await scene.close();
  });

  test('the API server crashes while jobs run: each ends with its one result', async () => {
    const names = ['crash-1', 'crash-2', 'crash-3'];
    await Promise.all(names.map(async (name) => ask(name, '<<delay: 4000ms>>')));
    await Promise.all(names.map(async (name) => running(name)));
    await faults.restart('kube-apiserver');
    for (const name of names) await expectOneResult(name, 1);
  });

  test('the kubelet stops for a while: the job ends with its one result', async () => {
    await ask('pause', '<<delay: 2000ms>>');
    await running('pause');
    faults.pause('kubelet');
    try {
      // The runner ends while nobody looks; not so long that the node counts as lost.
      await sleep(8000);
    } finally {
      faults.resume('kubelet');
    }
    await expectOneResult('pause', 1);
  });

  test('the node is lost: the attempt is given up and the next one is right', { timeout: 300_000 }, async () => {
    await scene.backend('patient', { openai: { baseURL: `${scriptedURL}/v1` }, requestTimeoutSeconds: 600 });
    await ask('lost', '<<hang>> <<times: 1>>', { backend: 'patient' });
    await running('lost');
    // When no node is ready at all, Kubernetes takes that for trouble of its own, and deletes no Pod.
    const witness = new FakeNode(scene.client.kube, `witness-${scene.namespace}`);
    await witness.start({ unschedulable: true });
    await faults.kill('kubelet');
    try {
      // The node counts as not ready after 16 s, its Pods are deleted 60 s later, with 8 s of grace and 30 s of patience.
      const isGivenUp = (job: RuneJob) => job.status?.attempts?.[0]?.outcome !== undefined;
      const { job } = await history.until('lost', 'attempt 1 is given up', isGivenUp, 180);
      expect(job.status?.attempts?.[0]).toMatchObject({ outcome: 'InfraError', reason: 'NodeLost' });
    } finally {
      await faults.start('kubelet');
      await witness.remove();
    }
    await expectOneResult('lost', 2);
  });
});

async function ask(name: string, directives: string, choice: JobChoice = {}): Promise<void> {
  const prompt = `Say it. <<answer: ${name} is right>> ${directives}`;
  await history.create(name, { prompt, expect: [{ exact: { value: `${name} is right` } }], ...choice });
}

async function running(name: string): Promise<void> {
  await history.until(name, 'runs', (job) => condition(job, 'Started')?.status === 'True');
}

async function expectOneResult(name: string, attempts: number): Promise<void> {
  const status = await history.finished(name);
  expect(status).toMatchObject({ outcome: 'Passed', attempt: attempts, answer: { excerpt: `${name} is right` } });
  expect(await history.ends(name)).toHaveLength(1);
  const { requests } = await scene.served(name);
  expect(requests).toHaveLength(attempts);
}
