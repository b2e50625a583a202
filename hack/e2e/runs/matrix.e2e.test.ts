import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PODS, SECRETS } from '../../../controllers/kube/resource.ts';
import { jobName } from '../../../crds/cases.ts';
import { LABEL } from '../../../crds/names.ts';
import { countsByQuestion } from '../../../crds/statistics/counts.ts';
import { passRate } from '../../../crds/statistics/pass-rate.ts';
import { type NodeFaults, nodeFaults } from '../../cluster/faults.ts';
import { waitFor } from '../../cluster/wait.ts';
import { describeOnNode } from '../faults/describe-on-node.ts';
import { HostOperators } from '../faults/host-operators.ts';
import { Succession } from '../faults/succession.ts';
import type { Fault, Write } from '../faults/write-log.ts';
import { scriptedModelNamespace } from '../provided.ts';
import { type Questions, RunScene, verdict } from './run-scene.ts';

const TRIALS = 5;
const backend = 'by-address';

const says = (word: string) => ({ expect: [{ exact: { value: word } }] });
/** The models say alpha and beta; the second agent makes any model say beta. */
const questions: Questions = [
  { id: 'alpha-1', prompt: 'One?', ...says('alpha'), tags: ['first'] },
  { id: 'alpha-2', prompt: 'Two?', ...says('alpha'), tags: ['first'] },
  { id: 'alpha-3', prompt: 'Three?', ...says('alpha'), critical: true },
  { id: 'beta-1', prompt: 'Four?', ...says('beta'), tags: ['second'] },
  { id: 'beta-2', prompt: 'Five?', ...says('beta'), tags: ['second'] },
  { id: 'either', prompt: 'Six?', expect: [{ contains: { any: ['alpha', 'beta'] } }] },
  { id: 'neither', prompt: 'Seven?', ...says('gamma') },
  { id: 'retried', prompt: 'Eight? <<error: 503>> <<times: 1>> <<job: JOB>>', ...says('alpha') },
  { id: 'unmeasured', prompt: 'Nine? <<error: 401>>', ...says('alpha') },
  { id: 'answered', prompt: 'Ten?' },
];
const P = 'P'.repeat(TRIALS);
const F = 'F'.repeat(TRIALS);
const rest = `${'B'.repeat(TRIALS)}${'A'.repeat(TRIALS)}`;
const beta = [F, F, F, P, P, P, F, F].join('') + rest;
/** What each cell must find, question by question. */
const CASES = new Map([
  ['direct answer:alpha', [P, P, P, F, F, P, F, P].join('') + rest],
  ['direct answer:beta', beta],
  ['stubborn answer:alpha', beta],
  ['stubborn answer:beta', beta],
]);

let runs: RunScene;
let faults: NodeFaults;
let hosts: HostOperators;

describeOnNode('a matrix of 2 x 2 x 10 x 5 whose answers are known', () => {
  beforeAll(async () => {
    faults = await nodeFaults();
    runs = await RunScene.open('matrix');
    await makeBackend();
    await runs.suite('known', withJob(questions));
    const agentRef = { name: runs.scene.namespace };
    await runs.benchmark('known', {
      agents: [
        { name: 'direct', agentRef },
        { name: 'stubborn', agentRef, options: { systemPrompt: '<<answer: beta>>' } },
      ],
      models: ['answer:alpha', 'answer:beta'].map((name) => ({ name, backendRef: { name: backend } })),
      suiteRefs: [{ name: 'known' }],
      trials: TRIALS,
      parallelism: 12,
      jobTemplate: { backoffLimit: 10 },
    });
    hosts = await HostOperators.begin(runs.scene);
  });

  afterAll(async () => {
    await hosts.stop();
    await runs.close();
  });

  test('the numbers are exact through kills of the operator, lost Pods and a crash of the API server', {
    timeout: 900_000,
  }, async () => {
    const start = async (held: Promise<void> | undefined) => hosts.start('e2e-matrix', { held });
    const succession = await Succession.begin(start);
    const unruled = hosts.log.rule(killsAtEachKindOfWrite());
    const over = new AbortController();
    await runs.run('exact', 'known');
    const lost = losePods(over.signal);
    const crash = crashOnce(over.signal);
    try {
      const status = await runs.finished('exact', 800);
      over.abort();
      expect(await lost).toBeGreaterThan(0);
      await crash;
      expect(
        Object.fromEntries(status.cells?.map((cell) => [`${cell.agent} ${cell.model}`, cell.cases]) ?? []),
      ).toEqual(Object.fromEntries(CASES));
      expect(status.jobs).toMatchObject({ total: 200, created: 200, finished: 200 });
      expect(status.jobs?.deleted ?? 0).toBe(0);
      expect(verdict(status, 'Finished')).toBe('True PartlyMeasured');
      for (const cell of status.cells ?? []) expectNumbers(cell);
      await expectEachOnce();
    } catch (cause) {
      throw new Error(hosts.logTails, { cause });
    } finally {
      over.abort();
      unruled();
    }
    await runs.kubectl('delete', 'rr', 'exact', '--timeout=60s');
    await nothingLeft();
    await succession.end();
  });
});

/** By the counts that follow from the case strings above, whatever the controller did on its way there. */
function expectNumbers(
  cell: { cases: string; measured: number; passed: number; unmeasured: number } & Record<string, unknown>,
) {
  const counts = countsByQuestion(cell.cases, TRIALS);
  const passed = [...cell.cases].filter((one) => one === 'P').length;
  expect(cell).toMatchObject({ measured: 40, passed, unmeasured: TRIALS, answered: TRIALS });
  const { low = Number.NaN, high = Number.NaN } = passRate(counts) ?? {};
  expect(cell).toMatchObject({ passPermille: (passed * 1000) / 40 });
  expect(Math.abs(Number(cell['lowPermille']) - low * 1000)).toBeLessThanOrEqual(1);
  expect(Math.abs(Number(cell['highPermille']) - high * 1000)).toBeLessThanOrEqual(1);
}

/** Each case had one RuneJob, made once. */
async function expectEachOnce(): Promise<void> {
  const names = (await runs.jobs('exact')).map(({ metadata }) => metadata.name ?? '');
  expect(names.toSorted()).toEqual(Array.from({ length: 200 }, (_, index) => jobName('exact', index)).toSorted());
  const made = hosts.log.successful.filter(({ method, path }) => method === 'POST' && /\/runejobs$/.test(path));
  const times = Map.groupBy(made, ({ body }) => (body as { metadata: { name: string } }).metadata.name);
  for (const [name, posts] of times) expect(posts, name).toHaveLength(1);
}

/** Kills the operator before the first write of each kind, and after the second. */
function killsAtEachKindOfWrite(): (write: Write) => Fault | undefined {
  const seen = new Map<string, number>();
  return ({ method, path }) => {
    const [, plural = '', , subresource = ''] = /\/namespaces\/[^/]+\/([^/]+)(\/[^/]+)?(\/[^/]+)?$/.exec(path) ?? [];
    if (plural === '' || plural === 'leases' || !path.includes(`/${runs.scene.namespace}/`)) return undefined;
    const kind = `${method} ${plural}${subresource}`;
    const times = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, times);
    if (times === 1) return { kind: 'kill before' };
    return times === 3 ? { kind: 'kill after' } : undefined;
  };
}

/** Takes a runner Pod away without grace now and then. @returns how many */
async function losePods(signal: AbortSignal): Promise<number> {
  const { client, namespace } = runs.scene;
  for (let lost = 0; ; ) {
    await sleep(4000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return lost;
    const pods = await client.kube.list(PODS, { namespace, labelSelector: LABEL.jobUid }).catch(() => []);
    const running = pods.find(({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp);
    if (running === undefined) continue;
    const where = ['--namespace', namespace, '--grace-period=0', '--force', '--wait=false'];
    const gone = runs.scene.kubectl.run(['delete', 'pod', running.metadata.name ?? '', ...where]);
    lost += await gone.then(
      () => 1,
      () => 0,
    );
  }
}

async function crashOnce(signal: AbortSignal): Promise<void> {
  await sleep(30_000, undefined, { signal }).catch(() => undefined);
  if (!signal.aborted) await faults.restart('kube-apiserver');
}

/** A name of this run's own for what the scripted model counts. */
function withJob(all: Questions): Questions {
  const { namespace } = runs.scene;
  return all.map((one) => ({ ...one, prompt: one.prompt.replace('JOB', `${namespace}.retried`) }));
}

/** A backend that processes of this machine can reach, too: the scripted model by its Pod's address. */
async function makeBackend(): Promise<void> {
  const pods = await runs.scene.client.kube.list(PODS, {
    namespace: scriptedModelNamespace,
    labelSelector: 'app.kubernetes.io/name=scripted-model',
  });
  const address = pods.find(({ status }) => status?.phase === 'Running')?.status?.podIP;
  await runs.scene.backend(backend, { openai: { baseURL: `http://${address}:8000/v1` }, maxConcurrentJobs: 12 });
}

async function nothingLeft(): Promise<void> {
  const { namespace, client } = runs.scene;
  await waitFor(
    `nothing left in ${namespace}`,
    async () => {
      const labelSelector = LABEL.runUid;
      const jobs = await runs.jobs('exact');
      const pods = await client.kube.list(PODS, { namespace, labelSelector: LABEL.jobUid });
      const secrets = await client.kube.list(SECRETS, { namespace, labelSelector });
      const left = [...jobs, ...pods, ...secrets].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      return left.length === 0 ? undefined : left.join(', ');
    },
    120,
  );
}
