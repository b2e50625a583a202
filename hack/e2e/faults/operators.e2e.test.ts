import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LEASES, PODS, SECRETS } from '../../../controllers/kube/resource.ts';
import { LABEL } from '../../../crds/names.ts';
import { type NodeFaults, nodeFaults } from '../../cluster/faults.ts';
import { waitFor } from '../../cluster/wait.ts';
import { operatorDeployment, operatorNamespace } from '../../install/operator.ts';
import { scriptedModelNamespace } from '../provided.ts';
import { Scene } from '../scene.ts';
import { describeOnNode } from './describe-on-node.ts';
import { HostOperators } from './host-operators.ts';
import { condition, JobHistory } from './job-history.ts';
import type { OperatorProcess } from './operator-process.ts';
import { Succession } from './succession.ts';
import { until } from './until.ts';
import { creations, type Write } from './write-log.ts';

const identity = 'e2e-host';
/** For tests in which the operator is cut off and must not end for that. */
const longLease = ['--lease-duration-seconds=60', '--lease-renew-deadline-seconds=50'];
const backend = 'by-address';

let scene: Scene;
let history: JobHistory;
let faults: NodeFaults;
let hosts: HostOperators;

describeOnNode('the operator, its connections and its Lease', () => {
  beforeAll(async () => {
    faults = await nodeFaults();
    scene = await Scene.open('operators');
    history = await JobHistory.of(scene);
    await makeBackend();
    hosts = await HostOperators.begin(scene);
  });

  afterAll(async () => {
    await hosts.stop();
    await history.stop();
    await scene.close();
  });

  test('an image that is not there: said within 5 s, and an end at the start deadline', async () => {
    const flags = ['--runner-image=localhost:1/not-there:dev'];
    await withOperator(flags, async () => {
      await history.create('image', { backend, startDeadlineSeconds: 8 });
      const seen = await history.until(
        'image',
        'ImagePull',
        (job) => condition(job, 'Started')?.reason === 'ImagePull',
      );
      expect(seen.millisecondsAfterCreation).toBeLessThanOrEqual(5000);
      expect(condition(seen.job, 'Started')?.message).toMatch(/^The runner's image cannot be pulled [^\n]+\.$/);
      const status = await history.finished('image');
      expect(status.outcome).toBe('InfraError');
      expect(condition({ status }, 'Finished')?.message).toContain('startDeadlineSeconds');
    });
  });

  test('its watches are cut while etcd is compacted: it lists anew and misses nothing', async () => {
    const pods = await history.admin.informer({ resource: PODS, namespace: scene.namespace });
    await withOperator(longLease, async (operator) => {
      await ask('compacted', 4000);
      await running('compacted');
      operator.proxy.cut();
      await faults.kill('kube-apiserver');
      await faults.compactEtcd();
      await faults.start('kube-apiserver');
      const hasEnded = () => pods.get(scene.namespace, 'compacted-1')?.status?.phase === 'Succeeded' || undefined;
      await until([pods], 'the Pod of compacted has ended', hasEnded);
      await faults.compactEtcd();
      operator.proxy.reconnect();
      await expectRight('compacted');
      expect(operator.logTail).toContain('"listsAnew":true');
    });
  });

  test('all its connections are cut again and again: each job ends with its one result', async () => {
    await withOperator(longLease, async (operator) => {
      const names = ['cut-1', 'cut-2', 'cut-3'];
      for (const name of names) await ask(name, 1000);
      const all = Promise.all(names.map(async (name) => history.finished(name)));
      const cutting = new AbortController();
      const cuts = cutAgainAndAgain(operator, cutting.signal);
      await all;
      cutting.abort();
      await cuts;
      for (const name of names) await expectRight(name);
    });
  });

  test('the leader is stopped for 30 s: another one takes over, and the first never writes again', async () => {
    const first = await hosts.start('first');
    await ask('before', 1000);
    await expectRight('before');
    const second = await hosts.start('second');
    await ask('during', 3000);
    await running('during');
    first.pause();
    const wakes = sleep(30_000);
    await expectRight('during');
    await ask('after', 500);
    await expectRight('after');
    expect(second.hasEnded).toBe(false);
    await wakes;
    const written = hosts.log.writes.filter((write) => write.operator === 'first').length;
    first.resume();
    await first.ended();
    expect(first.exitCode).toBe(1);
    expect(hosts.log.writes.filter((write) => write.operator === 'first')).toHaveLength(written);
    const takeOver = hosts.log.successful.find((write) => write.operator === 'second')?.receivedAt ?? 0;
    const late = hosts.log.writes.filter((write) => write.operator === 'first' && write.receivedAt >= takeOver);
    expect(late).toEqual([]);
    await second.stop();
  });

  test('20 jobs while the operator is killed at random: one right result each, and nothing is left', async () => {
    const start = async (held: Promise<void> | undefined) => hosts.start(identity, { held });
    const succession = await Succession.begin(start);
    const names = Array.from({ length: 20 }, (_, index) => `random-${index}`);
    for (const name of names) await ask(name, 200);
    const killing = new AbortController();
    const kills = killAtRandom(succession, killing.signal);
    await Promise.all(names.map(async (name) => history.finished(name)));
    killing.abort();
    expect(await kills).toBeGreaterThan(3);
    for (const name of names) await expectRight(name);
    for (const [pod, times] of creations(hosts.log, 'pods')) expect(times, pod).toBe(1);
    await scene.kubectl.run(['delete', 'runejobs', '--all', '--namespace', scene.namespace, '--timeout=60s']);
    await nothingLeft();
    await succession.end();
    const lease = await scene.client.kube.get(LEASES, operatorDeployment, operatorNamespace);
    expect(lease?.spec?.holderIdentity).toBe('');
    // Each write was made as the operator's ServiceAccount, with the rights of its manifests.
    expect(hosts.log.writes.filter(isRefused)).toEqual([]);
  });
});

/** Namespaces of earlier tests may be about to go, and take no Event then. */
function isRefused({ code, path }: Write): boolean {
  const isElsewhere = /^\/api\/v1\/namespaces\/e2e-/.test(path) && !path.includes(`/${scene.namespace}/`);
  return (code === 401 || code === 403) && !isElsewhere;
}

async function withOperator(flags: readonly string[], work: (operator: OperatorProcess) => Promise<void>) {
  const operator = await hosts.start(identity, { flags });
  try {
    await work(operator);
  } catch (cause) {
    throw new Error(hosts.logTails, { cause });
  } finally {
    await operator.stop();
  }
}

async function cutAgainAndAgain(operator: OperatorProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    operator.proxy.cutOnce();
    await sleep(300, undefined, { signal }).catch(() => undefined);
  }
}

/** @returns how often */
async function killAtRandom(succession: Succession, signal: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills++) {
    await sleep(500 + Math.random() * 2000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return kills;
    await succession.current.kill();
  }
}

async function ask(name: string, milliseconds: number): Promise<void> {
  const prompt = `Say it. <<answer: ${name} is right>> <<delay: ${milliseconds}ms>>`;
  const expected = [{ exact: { value: `${name} is right` } }];
  await history.create(name, { backend, prompt, expect: expected });
}

async function running(name: string): Promise<void> {
  await history.until(name, 'runs', (job) => condition(job, 'Started')?.status === 'True');
}

/** One result, the right one, of the one attempt that the model was asked in. */
async function expectRight(name: string): Promise<void> {
  const status = await history.finished(name);
  expect(status).toMatchObject({ outcome: 'Passed', attempt: 1, answer: { excerpt: `${name} is right` } });
  expect(await history.ends(name)).toHaveLength(1);
  expect((await scene.served(name)).requests).toHaveLength(1);
}

/** A backend that processes of this machine can reach, too: the scripted model by its Pod's address. */
async function makeBackend(): Promise<void> {
  const pods = await scene.client.kube.list(PODS, {
    namespace: scriptedModelNamespace,
    labelSelector: 'app.kubernetes.io/name=scripted-model',
  });
  const address = pods.find(({ status }) => status?.phase === 'Running')?.status?.podIP;
  await scene.backend(backend, { openai: { baseURL: `http://${address}:8000/v1` }, maxConcurrentJobs: 6 });
}

async function nothingLeft(): Promise<void> {
  const { namespace, client } = scene;
  await waitFor(
    `nothing left in ${namespace}`,
    async () => {
      const pods = await client.kube.list(PODS, { namespace, labelSelector: LABEL.jobUid });
      const secrets = await client.kube.list(SECRETS, { namespace, labelSelector: LABEL.jobUid });
      const left = [...pods, ...secrets].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      return left.length === 0 ? undefined : left.join(', ');
    },
    60,
  );
}
