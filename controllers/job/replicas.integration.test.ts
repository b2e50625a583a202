import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import type { PodScript } from '../../hack/e2e/faults/fake-kubelet.ts';
import { fakeReport } from '../../hack/e2e/faults/fake-report.ts';
import { KubeletFreeCluster } from '../../hack/e2e/faults/kubelet-free-cluster.ts';
import { Succession } from '../../hack/e2e/faults/succession.ts';
import { creations, type Write } from '../../hack/e2e/faults/write-log.ts';

// A Pod's creation that is late by seconds must meet the Pod that another operator made: Pods stay for their logs.
const flags = ['--pod-retention-seconds=60', '--retry-backoff-seconds=0'];
/** Longer than the Lease lasts, so that a write that is held back so long comes when another one works. */
const heldBackMilliseconds = 9000;

let cluster: KubeletFreeCluster;

beforeAll(async () => {
  cluster = await KubeletFreeCluster.start();
});
afterAll(async () => cluster.stop());

test('60 jobs, limits and kills: no limit is ever exceeded, and higher priorities go first', {
  timeout: 180_000,
}, async () => {
  const wide = await cluster.namespace(3);
  const narrow = await cluster.namespace(1);
  const live = new LiveCount();
  const priorityOf = (index: number) => [0, 10, -5][index % 3] ?? 0;
  const wideNames = Array.from({ length: 40 }, (_, index) => `wide-${pad(index)}`);
  const narrowNames = Array.from({ length: 20 }, (_, index) => `narrow-${pad(index)}`);
  for (const name of wideNames) await make(wide, name, 0);
  for (const [index, name] of narrowNames.entries()) await make(narrow, name, priorityOf(index));

  let creationsSeen = 0;
  const done = cluster.log.rule(({ method, path }) => {
    if (method !== 'POST' || !path.endsWith('/pods')) return undefined;
    creationsSeen++;
    return creationsSeen % 15 === 0 ? { kind: 'kill after' } : undefined;
  });
  const start = async (held: Promise<void> | undefined) =>
    cluster.startOperator('limited', [...flags, '--max-runner-pods=3'], held);
  const operators = await Succession.begin(start);
  for (const name of wideNames) await expectOneResult(wide, name);
  for (const name of narrowNames) await expectOneResult(narrow, name);
  done();
  await operators.end();

  expect(live.most(wide)).toBe(3);
  expect(live.most(narrow)).toBe(1);
  expect(live.mostOfAll).toBe(3);
  const order = [...creations(cluster.log, 'pods').keys()].filter((key) => key.startsWith(`${narrow}/`));
  const byTurn = [...narrowNames.entries()].toSorted(([a], [b]) => priorityOf(b) - priorityOf(a) || a - b);
  expect(order).toEqual(byTurn.map(([, name]) => `${narrow}/${name}-1`));

  async function make(namespace: string, name: string, priority: number): Promise<void> {
    cluster.script(namespace, name, () => live.counted(namespace));
    await cluster.createJob(namespace, name, { priority });
  }
});

const heldBack: [string, (write: Write) => boolean][] = [
  ['the creation of a Pod', ({ method, path }) => method === 'POST' && path.endsWith('/pods')],
  ['the end of a job', ({ path, body }) => path.endsWith('/status') && (body as RuneJob).status?.outcome !== undefined],
];

test.each(heldBack)('the leader is stopped with %s on its way: another one takes over', async (topic, isMeant) => {
  const suffix = topic.replaceAll(/[^a-z]+/g, '-');
  const first = await cluster.startOperator(`first-${suffix}`, flags);
  const namespace = await cluster.namespace();
  await cluster.untilBackendReady(namespace);
  const second = await cluster.startOperator(`second-${suffix}`, flags);
  const stopped = Promise.withResolvers<Write>();
  const done = cluster.log.rule((write) => {
    if (write.operator !== first.identity || !write.path.includes(namespace) || !isMeant(write)) return undefined;
    done();
    first.pause();
    stopped.resolve(write);
    return { kind: 'delay', milliseconds: heldBackMilliseconds };
  });
  await cluster.createJob(namespace, 'held-back');
  const write = await stopped.promise;
  await expectOneResult(namespace, 'held-back');
  await cluster.createJob(namespace, 'later');
  await expectOneResult(namespace, 'later');
  await sleep(Math.max(0, write.receivedAt + heldBackMilliseconds + 500 - performance.now()));
  expect(write.code).toBe(409);
  expect(second.hasEnded).toBe(false);

  const writesOf = () => cluster.log.writes.filter(({ operator }) => operator === first.identity).length;
  const before = writesOf();
  first.resume();
  await first.ended();
  expect(first.exitCode).toBe(1);
  expect(writesOf()).toBe(before);
  await expectOneResult(namespace, 'held-back');
  await second.stop();
});

/** How many runners run, as their kubelet knows it. */
class LiveCount {
  readonly #now = new Map<string, number>();
  readonly #most = new Map<string, number>();
  mostOfAll = 0;

  most(namespace: string): number {
    return this.#most.get(namespace) ?? 0;
  }

  /** A Pod's script that counts it from its creation to its end. */
  counted(namespace: string): PodScript {
    return async (pod) => {
      this.#add(namespace, 1);
      await pod.bind();
      await pod.running();
      await sleep(20);
      // Before it is told: the operator may be faster than the answer to us.
      this.#add(namespace, -1);
      await pod.terminated(JSON.stringify(fakeReport(pod.latest)));
    };
  }

  #add(namespace: string, change: 1 | -1): void {
    const now = (this.#now.get(namespace) ?? 0) + change;
    this.#now.set(namespace, now);
    this.#most.set(namespace, Math.max(this.most(namespace), now));
    this.mostOfAll = Math.max(
      this.mostOfAll,
      [...this.#now.values()].reduce((sum, one) => sum + one, 0),
    );
  }
}

async function expectOneResult(namespace: string, name: string): Promise<void> {
  const { job, outcome } = await cluster.untilFinished(namespace, name);
  const pods = cluster.kubelet.pods.filter(({ ownerUid }) => ownerUid === job.metadata.uid);
  expect([name, outcome, job.status?.attempt, pods.length]).toEqual([name, 'Passed', 1, 1]);
  expect(job.status?.answer?.excerpt).toBe(pods[0]?.latest.metadata.uid);
  expect(creations(cluster.log, 'pods').get(`${namespace}/${name}-1`)).toBe(1);
}

function pad(index: number): string {
  return String(index).padStart(2, '0');
}
