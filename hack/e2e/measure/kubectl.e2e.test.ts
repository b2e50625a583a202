import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PODS, SECRETS } from '../../../controllers/kube/resource.ts';
import { findCondition } from '../../../crds/conditions.ts';
import { LABEL } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { Scene } from '../scene.ts';

const passes = { prompt: 'Where? <<answer: In Paris.>>', expect: [{ contains: { all: ['Paris'] } }] };
const takesLong = { prompt: 'Think. <<delay: 120s>> <<answer: done>>' };

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('kubectl');
  await scene.job('passed', passes);
  await scene.job('retried', { ...passes, prompt: `${passes.prompt} <<error: 503>> <<times: 1>>` });
  await scene.job('held', { ...passes, suspend: true });
  await scene.job('held-too', { ...passes, suspend: true });
  await scene.job('running', takesLong);
  await scene.job('deleted-while-running', takesLong);
  await scene.job('short-lived', { ...passes, ttlSecondsAfterFinished: 0 });
});

afterAll(async () => scene.close());

const kubectl = async (...args: string[]) => scene.kubectl.run([...args, '--namespace', scene.namespace]);
const patch = async (name: string, spec: object) =>
  kubectl('patch', 'runejob', name, '--type=merge', '--patch', JSON.stringify({ spec }));
const waitFinished = async (name: string) =>
  kubectl('wait', `runejob/${name}`, '--for=condition=Finished', '--timeout=150s');

test('kubectl wait sees the end', async () => {
  expect(await waitFinished('passed')).toBe('runejob.bench.rune.ai/passed condition met\n');
  await kubectl('wait', 'runejob/passed', '--for=condition=Succeeded', '--timeout=1s');
});

test('kubectl get fits into 120 columns and tells the outcome', async () => {
  await waitFinished('passed');
  const [titles = '', ...rows] = (await kubectl('get', 'rj')).trimEnd().split('\n');
  expect(titles.split(/\s+/)).toEqual(['NAME', 'AGENT', 'MODEL', 'STARTED', 'OUTCOME', 'SCORE', 'LATENCY-MS', 'AGE']);
  for (const line of [titles, ...rows]) expect(line.length).toBeLessThanOrEqual(120);
  const row = rows.find((line) => line.startsWith('passed '))?.split(/\s+/);
  expect(row?.slice(0, 6)).toEqual(['passed', scene.namespace, 'echo', 'AgentAsked', 'Passed', '1000']);
  const held = rows.find((line) => line.startsWith('held '))?.split(/\s+/);
  expect(held?.slice(0, 4)).toEqual(['held', scene.namespace, 'echo', 'Suspended']);
});

test('kubectl get -o wide tells attempts, tokens, backend and answer', async () => {
  const { status } = await scene.finished('passed');
  const [titles = '', row = ''] = (await kubectl('get', 'rj', 'passed', '-o', 'wide')).split('\n');
  expect(titles).toMatch(/ ATTEMPT +IN +OUT +COST-MICRO-USD +BACKEND +ANSWER$/);
  const { inputTokens, outputTokens } = status.usage ?? {};
  expect(row).toMatch(new RegExp(` 1 +${inputTokens} +${outputTokens} +scripted +In Paris\\.$`));
});

test('jobs are found by outcome, and all our kinds by their category', async () => {
  await waitFinished('passed');
  const names = await kubectl('get', 'rj', '--field-selector', 'status.outcome=Passed', '--output', 'name');
  expect(names).toContain('runejob.bench.rune.ai/passed\n');
  expect(names).not.toContain('held');
  const all = await kubectl('get', 'rune', '--output', 'name');
  expect(all).toContain('runebackend.bench.rune.ai/scripted');
  expect(all).toContain(`runeagent.bench.rune.ai/${scene.namespace}`);
});

test('kubectl describe tells the story', async () => {
  await waitFinished('retried');
  await scene.event('retried', 'Passed'); // Events follow the status.
  const [, events = ''] = (await kubectl('describe', 'rj', 'retried')).split(/^Events:/m);
  for (const line of [
    /Normal +AttemptStarted .* Attempt 1 starts in Pod retried-1\./,
    /Warning +AttemptEnded .* Attempt 1 ended with BackendError: The backend "scripted" failed \(503\)/,
    /Normal +AttemptStarted .* Attempt 2 starts in Pod retried-2\./,
    /Normal +Passed .* The answer passed with a score of 1000 of 1000\./,
  ]) {
    expect(events).toMatch(line);
  }
});

describe('what cannot be changed is refused with a sentence', () => {
  test.each([
    [
      'options',
      { agent: { options: { temperature: 1 } } },
      'agent is immutable, options included: create another RuneJob',
    ],
    ['the model', { model: { name: 'other' } }, 'model is immutable: create another RuneJob'],
    ['the question', { question: { prompt: 'Other?' } }, 'question is immutable: create another RuneJob'],
    [
      'a deadline',
      { activeDeadlineSeconds: 5 },
      'deadlines, backoffLimit, priority and ttlSecondsAfterFinished are immutable',
    ],
  ])('%s', async (_what, spec, message) => {
    await expect(patch('held', spec)).rejects.toThrow(message);
  });

  test('taking a cancellation back', async () => {
    await patch('held-too', { cancel: true });
    expect((await scene.finished('held-too')).status).toMatchObject({ outcome: 'Cancelled' });
    await expect(patch('held-too', { cancel: false })).rejects.toThrow(
      'cancel cannot be taken back: create another RuneJob',
    );
  });
});

test('a suspended job waits, and runs when it is let go', async () => {
  const held = await scene.until('held', (job) => reasonOf(job) === 'Suspended');
  expect(held.status?.attempts ?? []).toEqual([]);
  await patch('held', { suspend: false });
  expect((await scene.finished('held')).status).toMatchObject({ outcome: 'Passed', attempt: 1 });
});

test('a running job is cancelled', async () => {
  await scene.until('running', (job) => reasonOf(job) === 'AgentAsked');
  await patch('running', { cancel: true });
  const { status } = await scene.finished('running');
  expect(status).toMatchObject({ outcome: 'Cancelled', attempt: 1, attempts: [{ number: 1, outcome: 'Cancelled' }] });
});

describe('kubectl delete leaves nothing', () => {
  test('of a finished job', async () => {
    const { metadata } = await scene.finished('passed');
    await kubectl('delete', 'runejob', 'passed');
    await expectNothingOf(metadata.uid ?? '', 'passed-1');
  });

  test('of a running job', async () => {
    const { metadata } = await scene.until('deleted-while-running', (job) => reasonOf(job) === 'AgentAsked');
    await kubectl('delete', 'runejob', 'deleted-while-running');
    await expectNothingOf(metadata.uid ?? '', 'deleted-while-running-1');
  });
});

test('a job with a time to live takes itself away', async () => {
  await kubectl('wait', 'runejob/short-lived', '--for=delete', '--timeout=150s');
});

test('kubectl explain reads like documentation', async () => {
  const text = await scene.kubectl.run(['explain', 'runejob.spec']);
  expect(text).toContain('What to ask of whom. Immutable, but for `suspend` and `cancel`.');
  for (const kind of ['runejob', 'runeagent', 'runebackend']) {
    for (const part of ['spec', 'status']) {
      expect(await scene.kubectl.run(['explain', `${kind}.${part}`])).not.toContain('<no description>');
    }
  }
});

async function expectNothingOf(jobUid: string, podName: string): Promise<void> {
  await scene.client.until(PODS, podName, scene.namespace, (pod) => pod === undefined, 60);
  const labelSelector = `${LABEL.jobUid}=${jobUid}`;
  for (const { metadata } of await scene.client.kube.list(SECRETS, { namespace: scene.namespace, labelSelector })) {
    await scene.client.until(SECRETS, metadata.name ?? '', scene.namespace, (secret) => secret === undefined, 60);
  }
  expect(await scene.client.kube.list(PODS, { namespace: scene.namespace, labelSelector })).toEqual([]);
}

function reasonOf(job: RuneJob | undefined): string | undefined {
  return findCondition(job?.status?.conditions, 'Started')?.reason;
}
