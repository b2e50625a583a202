import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stageModelContext } from './stage.ts';

/** The real model in a process of its own, run from the folder that its image is built from. */
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  const { contextDir } = await stageModelContext();
  const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', CONTEXT_TOKENS: '512' };
  server = spawn(process.execPath, [join(contextDir, 'server.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (!server.stdout) throw new Error('the server has no standard output');
  for await (const line of createInterface({ input: server.stdout })) {
    const { event, address } = JSON.parse(line) as { event: string; address?: { port: number } };
    if (address) url = `http://127.0.0.1:${address.port}`;
    if (event === 'ready') break;
  }
});

afterAll(async () => {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
});

const question = 'What is the capital of France?';

function ask(content: string, fields: Record<string, unknown> = {}, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ model: 'smollm2:135m', messages: [{ role: 'user', content }], ...fields });
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', body, ...init });
}

interface Completion {
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

async function whole(content: string, fields: Record<string, unknown> = {}) {
  const { choices, usage } = (await (await ask(content, fields)).json()) as Completion;
  return { content: choices[0]?.message.content, finish: choices[0]?.finish_reason, usage };
}

async function streamed(content: string, fields: Record<string, unknown> = {}) {
  const options = { stream: true, stream_options: { include_usage: true } };
  const text = await (await ask(content, { ...fields, ...options })).text();
  const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map(
    ([, json = '']) =>
      JSON.parse(json) as { choices: { delta: { content?: string }; finish_reason: string | null }[]; usage: unknown },
  );
  return {
    content: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''),
    finish: chunks.map((chunk) => chunk.choices[0]?.finish_reason).find((reason) => reason),
    usage: chunks.at(-1)?.usage,
  };
}

test('answers, and counts the same tokens streamed or not', async () => {
  const answer = await whole(question);
  expect(answer).toMatchObject({
    content: 'The capital of France is Paris.',
    finish: 'stop',
    usage: { prompt_tokens: 16, completion_tokens: 8, total_tokens: 24 },
  });
  expect(await streamed(question)).toEqual(answer);
});

test('answers the same to many at once as to one after another', async () => {
  const questions = ['What is the capital of Italy?', 'What is 2+2?', question, 'How many days are in a week?'];
  const alone = [];
  for (const content of questions) alone.push(await whole(content, { max_tokens: 12 }));
  const together = await Promise.all(
    questions.map((content, index) => (index % 2 ? streamed : whole)(content, { max_tokens: 12 })),
  );
  expect(together).toEqual(alone);
});

test('obeys max_tokens, stop and seed', async () => {
  const limited = await whole(question, { max_tokens: 3 });
  expect(limited).toMatchObject({ content: 'The capital of', finish: 'length', usage: { completion_tokens: 3 } });
  expect(await whole(question, { stop: ' is' })).toMatchObject({ content: 'The capital of France', finish: 'stop' });
  const dice = { temperature: 1.5, seed: 7, max_tokens: 20 };
  expect(await whole('Tell me a story.', dice)).toEqual(await whole('Tell me a story.', dice));
});

test('refuses a chat that is longer than its context', async () => {
  const response = await ask('word '.repeat(600));
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'context_length_exceeded' } }]);
  expect((await ask(question, { max_tokens: 512 })).status).toBe(400);
});

test('a client that leaves frees the model for the next', async () => {
  const client = new AbortController();
  const response = await ask('Count from 1 to 1000.', { stream: true, max_tokens: 450 }, { signal: client.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  client.abort();
  expect(await whole(question, { max_tokens: 3 })).toMatchObject({ content: 'The capital of' });
});
