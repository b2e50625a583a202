import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROLLER_REVISIONS, PODS, RUNE_BENCHMARKS, RUNE_RUNS, SECRETS } from '../../../controllers/kube/resource.ts';
import { findCondition, isTrue } from '../../../crds/conditions.ts';
import { CONDITION, LABEL } from '../../../crds/names.ts';
import { waitFor } from '../../cluster/wait.ts';
import { scriptedURL } from '../scripted-server.ts';
import { type Questions, RunScene, verdict } from './run-scene.ts';

const SENTENCE = /^[A-Z"][\s\S]*[.!]$/;
const answers = (word: string, ids: readonly string[]): Questions =>
  ids.map((id) => ({ id, prompt: `What is ${id}? <<answer: ${word}>>`, expect: [{ exact: { value: 'right' } }] }));
const six = ['a', 'b', 'c', 'd', 'e', 'f'];

let runs: RunScene;

beforeAll(async () => {
  runs = await RunScene.open('runs');
  await runs.suite('right', answers('right', six));
});

afterAll(async () => runs.close());

describe('a run by hand', () => {
  beforeAll(async () => {
    await runs.benchmark('by-hand', {
      suiteRefs: [{ name: 'right' }],
      trials: 2,
      passCriteria: { minPassPermille: 900 },
    });
    await runs.run('first', 'by-hand');
    await runs.finished('first');
  });

  test('kubectl wait sees its end and its gate', async () => {
    for (const condition of ['Finished', 'Succeeded', 'CriteriaMet']) {
      await runs.kubectl('wait', 'rr/first', `--for=condition=${condition}`, '--timeout=5s');
    }
  });

  test('the tables fit into 120 columns and say what was found', async () => {
    const table = await runs.kubectl('get', 'rbm,rr,rsu');
    for (const line of table.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
    expect(table).toMatch(/^runerun.bench.rune.ai\/first +12\/12 +100(\.0)?% +\S+ +\S+ .*Complete/m);
  });

  test('it belongs to its benchmark, and its jobs, Secrets and ControllerRevision to it', async () => {
    const { client, namespace } = runs.scene;
    const run = await client.kube.get(RUNE_RUNS, 'first', namespace);
    const benchmark = await client.kube.get(RUNE_BENCHMARKS, 'by-hand', namespace);
    expect(run?.metadata.ownerReferences?.[0]?.uid).toBe(benchmark?.metadata.uid);
    const secrets = await client.kube.list(SECRETS, { namespace });
    const revisions = await client.kube.list(CONTROLLER_REVISIONS, { namespace });
    const owned = [...(await runs.jobs('first')), ...secrets, ...revisions].filter(
      ({ metadata }) => metadata.ownerReferences?.[0]?.uid === run?.metadata.uid,
    );
    expect(owned.length).toBeGreaterThanOrEqual(12 + 1 + 1);
    expect(JSON.stringify(revisions)).not.toContain('right"');
  });

  test('every condition and event is a sentence', async () => {
    const { conditions = [] } = await runs.finished('first');
    for (const { type, message } of conditions) expect(message, type).toMatch(SENTENCE);
    const events = await runs.kubectl('get', 'events', '--output=json');
    for (const { message } of (
      JSON.parse(events) as { items: { message: string; reportingComponent: string }[] }
    ).items.filter(({ reportingComponent }) => reportingComponent === 'rune-operator')) {
      expect(message).toMatch(SENTENCE);
    }
  });
});

test('a suspended run shows its estimate and waits until it is let go', async () => {
  const prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };
  await runs.scene.backend('priced', { openai: { baseURL: `${scriptedURL}/v1` }, prices, maxConcurrentJobs: 4 });
  await runs.benchmark('priced', {
    // An agent that no earlier run knows.
    agents: [{ name: 'new', agentRef: { name: runs.scene.namespace } }],
    models: [{ name: 'echo', backendRef: { name: 'priced' } }],
    suiteRefs: [{ name: 'right' }],
    assumedUsage: { inputTokens: 1000, outputTokens: 100 },
    budget: { maxCostUSD: '1.00' },
  });
  await runs.run('held', 'priced', { suspend: true });
  const held = await runs.until('held', ({ status }) => status?.estimate !== undefined);
  expect(held.status?.estimate).toMatchObject({ jobs: 6, basis: 'Assumed', expectedMicroUSD: 6 * 1200 });
  expect(verdict(held.status ?? {}, 'Started')).toBe('False Suspended');
  expect(await runs.jobs('held')).toEqual([]);
  await runs.kubectl('patch', 'rr/held', '--type=merge', '--patch={"spec":{"suspend":false}}');
  const status = await runs.finished('held');
  expect(status).toMatchObject({ jobs: { finished: 6 }, outcomes: { Passed: 6 } });
  expect(status.costMicroUSD).toBeGreaterThan(0);
});

test('a budget without a price is refused with what to do', async () => {
  await runs.benchmark('unpriced', { suiteRefs: [{ name: 'right' }], budget: { maxCostUSD: '1.00' } });
  await runs.run('unpriced', 'unpriced');
  const status = await runs.finished('unpriced');
  expect(verdict(status, 'Finished')).toBe('True NotStarted');
  expect(verdict(status, 'Started')).toBe('False NoEstimate');
  expect(findCondition(status.conditions, 'Started')?.message).toMatch(/price/);
});

test('an edit of the suite during a run concerns the next one', async () => {
  await runs.suite('edited', answers('right', six));
  await runs.benchmark('edited', { suiteRefs: [{ name: 'edited' }], parallelism: 1 });
  await runs.run('before', 'edited');
  await runs.until('before', ({ status }) => isTrue(status?.conditions, CONDITION.started));
  const patch = JSON.stringify({ spec: { questions: answers('wrong', six) } });
  await runs.kubectl('patch', 'rsu/edited', '--type=merge', `--patch=${patch}`);
  expect((await runs.finished('before')).outcomes).toEqual({ Passed: 6 });
  await runs.run('after', 'edited');
  expect((await runs.finished('after')).outcomes).toEqual({ Failed: 6 });
});

test('a worse option makes the next run regress, by a change of the benchmark', async () => {
  await runs.suite(
    'plain',
    six.map((id) => ({ id, prompt: `What is ${id}?`, expect: [{ exact: { value: 'right' } }] })),
  );
  const agent = { name: 'direct', agentRef: { name: runs.scene.namespace } };
  const models = [{ name: 'answer:right', backendRef: { name: 'scripted' } }];
  const baselineRef = { policy: 'LastPassed' as const };
  await runs.benchmark('watched', {
    agents: [agent],
    models,
    suiteRefs: [{ name: 'plain' }],
    baselineRef,
    runOnChange: true,
  });
  const first = await newestRun('watched', 1);
  expect(verdict(await runs.finished(first), 'Regressed')).toMatch(/^Unknown /);
  const worse = { ...agent, options: { systemPrompt: '<<answer: wrong>>' } };
  await runs.kubectl(
    'patch',
    'rbm/watched',
    '--type=merge',
    `--patch=${JSON.stringify({ spec: { agents: [worse] } })}`,
  );
  const second = await newestRun('watched', 2);
  const status = await runs.finished(second);
  expect(status.comparison).toMatchObject({ baseline: first, cells: [{ differencePermille: -1000, regressed: true }] });
  await runs.kubectl('wait', `rr/${second}`, '--for=condition=Regressed', '--timeout=10s');
  await runs.kubectl('wait', 'rbm/watched', '--for=condition=Regressed', '--timeout=30s');
});

test('cancelled: what was measured stays, the rest ends', async () => {
  await runs.suite('slow', [
    ...answers('right', ['quick']),
    ...six.map((id) => ({ id, prompt: 'Wait. <<answer: right>> <<delay: 120s>>' })),
  ]);
  await runs.benchmark('slow', { suiteRefs: [{ name: 'slow' }], order: 'Sequential', parallelism: 3 });
  await runs.run('cancelled', 'slow');
  await runs.until('cancelled', ({ status }) => status?.outcomes?.['Passed'] === 1);
  await runs.kubectl('patch', 'rr/cancelled', '--type=merge', '--patch={"spec":{"cancel":true}}');
  const status = await runs.finished('cancelled');
  expect(verdict(status, 'Finished')).toBe('True Cancelled');
  expect(status.cells?.[0]).toMatchObject({ measured: 1, passed: 1 });
});

test('a benchmark that is deleted in the middle ends its Pods and leaves nothing', async () => {
  await runs.benchmark('gone', { suiteRefs: [{ name: 'slow' }], parallelism: 6 });
  await runs.run('gone-run', 'gone');
  await runs.until('gone-run', ({ status }) => (status?.jobs?.created ?? 0) >= 6);
  const { namespace, client } = runs.scene;
  const labelSelector = `${LABEL.run}=gone-run`;
  await waitFor(
    'a runner Pod',
    async () => ((await client.kube.list(PODS, { namespace, labelSelector })).length > 0 ? undefined : 'none'),
    30,
  );
  await runs.kubectl('delete', 'rbm/gone', '--timeout=60s');
  await waitFor(
    'nothing left of it',
    async () => {
      const pods = await client.kube.list(PODS, { namespace, labelSelector });
      const secrets = await client.kube.list(SECRETS, { namespace, labelSelector });
      const revisions = await client.kube.list(CONTROLLER_REVISIONS, { namespace, labelSelector });
      const run = await client.kube.get(RUNE_RUNS, 'gone-run', namespace);
      const left = [...pods, ...secrets, ...revisions, ...(await runs.jobs('gone-run')), ...(run ? [run] : [])];
      return left.length === 0 ? undefined : left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ');
    },
    90,
  );
});

test('a RuneJob of a live run that is deleted counts as missing, never as passed', async () => {
  await runs.benchmark('thinned', { suiteRefs: [{ name: 'right' }], parallelism: 1, order: 'Sequential' });
  await runs.run('thinned', 'thinned');
  await runs.until('thinned', ({ status }) => (status?.jobs?.finished ?? 0) >= 1);
  await runs.kubectl('delete', 'rj/thinned-0');
  const status = await runs.finished('thinned');
  expect(status.cells?.[0]).toMatchObject({ measured: 5, passed: 5, unmeasured: 1, cases: '-PPPPP' });
  expect(verdict(status, 'Finished')).toBe('True PartlyMeasured');
});

/** The name of the newest of a benchmark's runs, once there are `count`. */
async function newestRun(benchmark: string, count: number): Promise<string> {
  const { client, namespace } = runs.scene;
  let newest = '';
  await waitFor(
    `run ${count} of ${benchmark}`,
    async () => {
      const all = await client.kube.list(RUNE_RUNS, { namespace, labelSelector: `${LABEL.benchmark}=${benchmark}` });
      newest = all.toSorted((a, b) => created(b) - created(a)).at(0)?.metadata.name ?? '';
      return all.length === count ? undefined : `${all.length} runs`;
    },
    60,
  );
  return newest;
}

function created({ metadata }: { metadata: { creationTimestamp?: string } }): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}
