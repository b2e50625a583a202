import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../../crds/types.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { scriptedURL, secondScriptedURL } from '../scripted-server.ts';

/** The suite's operator pauses so long before the first retry; see setup.ts. */
const backoffMilliseconds = 1000;

type Case = { name: string; choice: JobChoice; outcome: string; reason: string; says: string };

/** Each is tried twice: the first attempt and one retry. */
const retried: Case[] = [
  on('openai', 'rate-limited', '<<error: 429>> <<retry-after: 3>>', 'Throttled', 'RateLimited', '429'),
  on('ollama', 'rate-limited', '<<error: 429>> <<retry-after: 3>>', 'Throttled', 'RateLimited', '429'),
  on('openai', 'server-error', '<<error: 500>>', 'BackendError', 'ServerError', '500'),
  on('ollama', 'overloaded', '<<error: 503>>', 'BackendError', 'ServerError', '503'),
  on('openai', 'reset', '<<reset>>', 'BackendError', 'Unreachable', 'cannot be reached'),
  on('impatient', 'hangs', '<<hang>>', 'BackendError', 'TimedOut', 'requestTimeoutSeconds'),
  on(
    'impatient-ollama',
    'hangs-amid',
    '<<words: 9>> <<hang-after: 2>>',
    'BackendError',
    'TimedOut',
    'requestTimeoutSeconds',
  ),
  on('openai', 'cut', '<<words: 9>> <<cut-after: 4>>', 'BackendError', 'StreamCut', 'cut its answer short'),
  on('ollama', 'cut', '<<words: 9>> <<cut-after: 4>>', 'BackendError', 'StreamCut', 'cut its answer short'),
  whole(
    on('openai', 'cut-whole', '<<words: 9>> <<cut-after: 4>>', 'BackendError', 'StreamCut', 'cut its answer short'),
  ),
  on('openai', 'error-amid', '<<words: 9>> <<error-after: 4>>', 'BackendError', 'ServerError', 'amid its answer'),
  on('openai', 'malformed', '<<malformed>>', 'BackendError', 'BadResponse', 'cannot be read'),
  whole(on('openai', 'not-json', '<<wrong-type>>', 'BackendError', 'BadResponse', 'cannot be read')),
  {
    name: 'refused',
    choice: { backend: 'closing' },
    outcome: 'BackendError',
    reason: 'Unreachable',
    says: 'connection refused',
  },
];

/** Another attempt would meet the same: the message says what to mend instead. */
const notRetried: Case[] = [
  on('openai', 'no-key', '<<key: k>>', 'BackendError', 'KeyRefused', 'spec.openai.apiKeySecretRef'),
  on('keyed', 'wrong-key', '<<key: k>>', 'BackendError', 'KeyRefused', 'check the Secret named by apiKeySecretRef'),
  on('ollama', 'no-key', '<<key: k>>', 'BackendError', 'KeyRefused', 'spec.openai.baseURL'),
  unknownModel('openai'),
  unknownModel('ollama'),
  on('openai', 'redirects', '<<redirect>>', 'BackendError', 'BadResponse', 'final URL'),
  on('openai', 'refuses', '<<error: 418>>', 'BackendError', 'RequestRefused', '418'),
];

/** The first attempts fail, then one goes well. */
const recovered = [
  { wire: 'openai', fault: '<<error: 429>> <<times: 2>>', first: 'Throttled', retries: 2 },
  { wire: 'ollama', fault: '<<error: 500>> <<times: 1>>', first: 'BackendError', retries: 1 },
  { wire: 'openai', fault: '<<cut-after: 2>> <<times: 1>>', first: 'BackendError', retries: 1 },
].map((one, index) => ({ ...one, name: `recovered-${index}` }));

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('faults');
  await scene.scripted.setSecondPort(true);
  await scene.apiKey('keys', 'wrong');
  const openai = { baseURL: `${scriptedURL}/v1` };
  const prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '1' };
  // Few at once: Pods that start together on a small machine hold each other up.
  const common = { maxConcurrentJobs: 3, prices };
  await Promise.all([
    scene.backend('openai', { openai, ...common }),
    scene.backend('ollama', { ollama: { url: scriptedURL }, ...common }),
    scene.backend('impatient', { openai, ...common, requestTimeoutSeconds: 1 }),
    scene.backend('impatient-ollama', { ollama: { url: scriptedURL }, ...common, requestTimeoutSeconds: 1 }),
    scene.backend('keyed', { openai: { ...openai, apiKeySecretRef: { name: 'keys' } }, ...common }),
    scene.backend('closing', { openai: { baseURL: `${secondScriptedURL}/v1` }, ...common, probeIntervalSeconds: 3600 }),
  ]);
  await scene.scripted.setSecondPort(false);
  for (const { name, choice } of retried) await scene.job(name, { ...choice, backoffLimit: 1 });
  for (const { name, choice } of notRetried) await scene.job(name, { ...choice, backoffLimit: 3 });
  for (const { name, wire, fault } of recovered) {
    await scene.job(name, { backend: wire, prompt: `Where? ${fault} <<answer: Paris>>`, backoffLimit: 3 });
  }
});

afterAll(async () => {
  await scene.finished('refused');
  await scene.scripted.setSecondPort(true);
  await scene.close();
});

describe('is retried in a new Pod, then given up', () => {
  test.each(retried)('$name', async ({ name, outcome, reason, says }) => {
    const job = await scene.finished(name);
    const attempt = { outcome, reason, message: expect.stringContaining(says) as string };
    expect(job.status).toMatchObject({
      outcome,
      attempt: 2,
      retries: 1,
      attempts: [
        { ...attempt, number: 1, podName: `${name}-1` },
        { ...attempt, number: 2, podName: `${name}-2` },
      ],
    });
    expect(conditions(job)).toMatchObject({ Finished: 'True', Succeeded: 'False', Stalled: 'True' });
    expect(pauseBeforeRetry(job)).toBeGreaterThanOrEqual(backoffMilliseconds);
    expect(messageOf(job)).toContain('It was the last of 2 attempts (backoffLimit 1)');
    const { requests } = await scene.served(name);
    expect(requests).toHaveLength(name === 'refused' ? 0 : 2);
  });

  test.each(['openai', 'ollama'])('not before the time that the backend asked for: %s', async (wire) => {
    const job = await scene.finished(`${wire}-rate-limited`);
    expect(job.status.attempts?.[0]).toMatchObject({ retryAfterSeconds: 3 });
    expect(pauseBeforeRetry(job)).toBeGreaterThanOrEqual(3000);
  });
});

describe('is not retried, and the message says what to mend', () => {
  test.each(notRetried)('$name', async ({ name, outcome, reason, says }) => {
    const job = await scene.finished(name);
    const attempts = [{ number: 1, outcome, reason, message: expect.stringContaining(says) as string }];
    expect(job.status).toMatchObject({ outcome, attempt: 1, attempts });
    expect(job.status.retries ?? 0).toBe(0);
    expect(messageOf(job)).toContain(says);
    expect(conditions(job)).toMatchObject({ Finished: 'True', Succeeded: 'False', Stalled: 'True' });
    expect((await scene.served(name)).requests.length).toBeLessThanOrEqual(1);
  });
});

describe('recovers', () => {
  test.each(recovered)('$fault over $wire', async ({ name, first, retries }) => {
    const job = await scene.finished(name);
    const failed = Array.from({ length: retries }, (_, index) => ({ number: index + 1, outcome: first }));
    expect(job.status).toMatchObject({
      outcome: 'Answered',
      answer: { excerpt: 'Paris' },
      attempt: retries + 1,
      retries,
      attempts: [...failed, { number: retries + 1, outcome: 'Answered' }],
    });
    expect(conditions(job)).toMatchObject({ Finished: 'True', Succeeded: 'True' });
    expect(conditions(job)).not.toHaveProperty('Stalled');
    const { requests, totals } = await scene.served(name);
    expect(requests).toHaveLength(retries + 1);
    // The usage is that of the last attempt, the cost that of all.
    const last = requests.at(-1);
    expect(job.status.usage).toMatchObject({ inputTokens: last?.inputTokens, outputTokens: last?.outputTokens });
    const costs = (job.status.attempts ?? []).map(({ costMicroUSD }) => costMicroUSD ?? 0);
    expect(job.status.costMicroUSD).toBe(costs.reduce((sum, cost) => sum + cost, 0));
    expect(costs.at(-1)).toBe((last?.inputTokens ?? 0) + (last?.outputTokens ?? 0));
    expect(totals.answered).toBe(1);
  });
});

function on(backend: string, name: string, fault: string, outcome: string, reason: string, says: string): Case {
  const choice = { backend, prompt: `Where? ${fault}` };
  return { name: `${backend}-${name}`, choice, outcome, reason, says };
}

function whole(one: Case): Case {
  return { ...one, choice: { ...one.choice, options: { stream: false } } };
}

function unknownModel(backend: string): Case {
  const said = { outcome: 'BackendError', reason: 'ModelNotFound', says: 'check spec.model.name' };
  return { name: `${backend}-unknown-model`, choice: { backend, model: 'no-such-model' }, ...said };
}

function conditions(job: RuneJob): Record<string, string> {
  return Object.fromEntries((job.status?.conditions ?? []).map(({ type, status }) => [type, status]));
}

/** In milliseconds: from the end of the first attempt to the start of the second. */
function pauseBeforeRetry(job: RuneJob): number {
  const [first, second] = job.status?.attempts ?? [];
  return Date.parse(second?.startTime ?? '') - Date.parse(first?.completionTime ?? '');
}

function messageOf(job: RuneJob): string {
  return job.status?.conditions?.find(({ type }) => type === 'Finished')?.message ?? '';
}
