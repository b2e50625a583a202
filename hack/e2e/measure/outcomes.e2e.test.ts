import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECRETS } from '../../../controllers/kube/resource.ts';
import { SECRET_TYPE } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';

type Case = { name: string; choice: JobChoice; status: object };

const parts = [
  { name: 'the right word', weight: 3, contains: { any: ['cold'], ignoreCase: true } },
  { name: 'nothing else', exact: { value: 'cold' } },
];
const partScores = [
  { name: 'the right word', scorer: 'contains', passed: true },
  { name: 'nothing else', scorer: 'exact', passed: false },
];
const price = { inputPerMillionTokensUSD: '0.15', outputPerMillionTokensUSD: '0.60' };
const text64k = 'lorem ipsum dolor sit amet, '.repeat(2400).slice(0, 64 * 1024);

const measured: Case[] = [
  {
    name: 'passed',
    choice: { expect: [{ exact: { value: 'paris', ignoreCase: true } }] },
    status: { outcome: 'Passed', scorePermille: 1000, scores: [{ scorer: 'exact', passed: true }] },
  },
  {
    name: 'failed',
    choice: { prompt: 'Capital of Italy? <<answer: Paris>>', expect: [{ regex: { pattern: '^Rom[ae]$' } }] },
    status: { outcome: 'Failed', scorePermille: 0, scores: [{ scorer: 'regex', passed: false }] },
  },
  {
    name: 'passed-in-part',
    choice: { prompt: 'Opposite of hot? <<answer: It is cold.>>', expect: parts, passMarkPermille: 750 },
    status: { outcome: 'Passed', scorePermille: 750, scores: partScores },
  },
  {
    name: 'failed-in-part',
    choice: { prompt: 'Opposite of hot? <<answer: It is cold.>>', expect: parts, passMarkPermille: 751 },
    status: { outcome: 'Failed', scorePermille: 750, scores: partScores },
  },
  {
    name: 'number',
    choice: {
      prompt: 'How much? <<answer: In 2 parts, about $1,249.50 in all.>>',
      expect: [{ number: { value: '1250', tolerance: '0.5' } }],
    },
    status: { outcome: 'Passed', scorePermille: 1000 },
  },
  { name: 'answered', choice: {}, status: { outcome: 'Answered', answer: answer('Paris') } },
  {
    name: 'not-ascii',
    choice: { prompt: 'Greet. <<answer: Grüße aus Kraków 🎉>>' },
    status: { outcome: 'Answered', answer: answer('Grüße aus Kraków 🎉') },
  },
  {
    name: 'long',
    choice: { prompt: 'Write a lot. <<long: 64k>>' },
    status: {
      outcome: 'Answered',
      answer: { ...answer(text64k), excerpt: expect.stringMatching(/^lorem ipsum .{500,2048}$/s) as string },
    },
  },
  {
    name: 'thinking',
    choice: { prompt: 'Where? <<thinking: two words>> <<answer: In Paris>>' },
    status: { outcome: 'Answered', answer: answer('In Paris'), usage: { outputTokens: 4, reasoningTokens: 2 } },
  },
  {
    name: 'no-usage',
    choice: { prompt: 'Where? <<answer: Paris>> <<no-usage>>' },
    status: { outcome: 'Answered', usage: { modelCalls: 1, estimated: true, outputTokens: 2 } },
  },
  {
    name: 'empty',
    choice: { prompt: 'Say nothing. <<empty>>', expect: [{ contains: { none: ['x'] } }] },
    status: { outcome: 'AgentError', attempts: [{ reason: 'EmptyAnswer' }] },
  },
  {
    name: 'bad-option',
    choice: { options: { temprature: 0 } },
    status: {
      outcome: 'AgentError',
      attempts: [{ reason: 'BadOption', message: expect.stringContaining('"temprature"') as string }],
    },
  },
  {
    name: 'too-long',
    choice: { prompt: 'Read all this. <<too-long>>' },
    status: { outcome: 'AgentError', attempts: [{ reason: 'PromptTooLong' }] },
  },
  {
    name: 'deadline',
    choice: { prompt: 'Think. <<slow: 60s>> <<answer: done it is>>', activeDeadlineSeconds: 1 },
    status: { outcome: 'AgentTimeout', attempts: [{ reason: 'DeadlineExceeded' }] },
  },
];

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('outcomes');
  await scene.apiKey('keys', 'right-key');
  const keyed = { baseURL: `${scriptedURL}/v1`, apiKeySecretRef: { name: 'keys' } };
  await Promise.all([
    scene.backend('keyed', { openai: keyed, maxConcurrentJobs: 4 }),
    scene.backend('priced', { openai: { baseURL: `${scriptedURL}/v1` }, prices: price, maxConcurrentJobs: 4 }),
  ]);
  await scene.create(SECRETS, {
    metadata: { name: 'suite-1' },
    type: SECRET_TYPE.revision,
    stringData: {
      'capital.json': JSON.stringify({ prompt: '<<answer: Paris>>', expect: [{ contains: { all: ['Paris'] } }] }),
    },
  });
  for (const { name, choice } of measured) await scene.job(name, choice);
  await scene.job('keyed', { backend: 'keyed', prompt: 'Where? <<key: right-key>> <<answer: Paris>>' });
  await scene.job('referenced', { questionRef: { revision: 'suite-1', id: 'capital' } });
  await scene.job('cost-budget', { backend: 'priced', budget: { maxCostUSD: '0.01' } });
  await scene.job('cost-budget-without-price', { budget: { maxCostUSD: '0.01' } });
});

afterAll(async () => scene.close());

describe('a measurement exists', () => {
  test.each(measured)('$name', async ({ name, status }) => {
    const job = await scene.finished(name);
    expect(job.status).toMatchObject({ ...status, attempt: 1 });
    expect(conditions(job)).toMatchObject({ Finished: 'True', Succeeded: 'True' });
  });
});

test('without a price there is no cost; without an expectation, no score', async () => {
  const { status } = await scene.finished('answered');
  expect(status).not.toHaveProperty('costMicroUSD');
  expect(status).not.toHaveProperty('scorePermille');
  expect(status).not.toHaveProperty('scores');
});

test('the question is told by the hash of its canonical JSON', async () => {
  const { status, spec } = await scene.finished('passed');
  expect(status.provenance?.questionSHA256).toBe(sha256(canonicalize(spec.question) ?? ''));
});

test('a question in a Secret is asked and scored, and the object holds no expected answer', async () => {
  const job = await scene.finished('referenced');
  expect(job.status).toMatchObject({ outcome: 'Passed', scorePermille: 1000 });
  expect(job.spec).not.toHaveProperty('question');
});

test('the key of a backend reaches the model server, and nothing else', async () => {
  const job = await scene.finished('keyed');
  expect(job.status).toMatchObject({ outcome: 'Answered', answer: { excerpt: 'Paris' } });
  expect((await scene.served('keyed')).requests).toMatchObject([{ authorized: true, status: 200 }]);
  const pod = await scene.kubectl.run(['get', 'pod', 'keyed-1', '-n', scene.namespace, '-o', 'yaml']);
  const log = await scene.kubectl.run(['logs', 'keyed-1', '-n', scene.namespace]);
  // The prompt names the key too, as a directive; what follows the directive is the answer.
  const withoutDirective = `${pod}${log}`.replaceAll('<<key: right-key>>', '');
  expect(withoutDirective).not.toContain('right-key');
});

test('a cost budget that is kept does no harm', async () => {
  const { status } = await scene.finished('cost-budget');
  expect(status).toMatchObject({ outcome: 'Answered', costMicroUSD: expect.any(Number) as number });
});

test('a cost budget without a known price lets no call through', async () => {
  const job = await scene.finished('cost-budget-without-price');
  expect(job.status).toMatchObject({
    outcome: 'BudgetExceeded',
    attempts: [{ outcome: 'BudgetExceeded', message: expect.stringContaining('spec.prices') as string }],
  });
  expect(conditions(job)).toMatchObject({ Finished: 'True', Succeeded: 'False' });
  expect((await scene.served('cost-budget-without-price')).requests).toEqual([]);
});

function conditions(job: RuneJob): Record<string, string> {
  return Object.fromEntries((job.status?.conditions ?? []).map(({ type, status }) => [type, status]));
}

function answer(text: string) {
  return { excerpt: text, bytes: Buffer.byteLength(text), sha256: sha256(text) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
