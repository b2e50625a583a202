import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScriptedModel, startScriptedModel } from './server.ts';
import { ask, lines, send } from './test-client.ts';

let server: ScriptedModel;

beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());

const ending = {
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 120,
  eval_count: 30,
  total_duration: 421_000_000,
  load_duration: 1_000_000,
  prompt_eval_duration: 120_000_000,
  eval_duration: 300_000_000,
};

describe.each([
  ['/api/chat', (text: string) => ({ message: { role: 'assistant', content: text } })],
  ['/api/generate', (text: string) => ({ response: text })],
] as const)('%s', (path, part) => {
  test('streams unless told not to', async () => {
    const { text, headers } = await ask(server.url, path, 'answer:It_is/tokens:120:30');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(lines(text)).toMatchObject([
      { ...part('It '), done: false },
      { ...part('is'), done: false },
      { ...part(''), ...ending },
    ]);
  });

  test('answers whole with stream: false', async () => {
    const { text } = await ask(server.url, path, 'answer:It_is/tokens:120:30', 'x', { stream: false });
    expect(JSON.parse(text)).toMatchObject({ ...part('It is'), ...ending });
  });

  test('num_predict cuts the answer', async () => {
    const options = { stream: false, options: { num_predict: 2 } };
    const { text } = await ask(server.url, path, 'words:5', 'x', options);
    expect(JSON.parse(text)).toMatchObject({ ...part('word1 word2 '), done_reason: 'length', eval_count: 2 });
  });
});

test('a tool call carries its arguments as an object, and thinking comes apart', async () => {
  const prompt = '<<thinking: hm>> <<tool: f {"a": 1}>>';
  const { text } = await ask(server.url, '/api/chat', 'job:ollama', prompt);
  expect(lines(text)).toMatchObject([
    { message: { content: '', thinking: 'hm' } },
    { message: { content: '', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] } },
    { done: true },
  ]);
});

test('counts neither cached nor reasoning tokens, which this protocol cannot tell', async () => {
  await ask(server.url, '/api/chat', 'tokens:10:9:8:7/job:untold');
  expect(server.stats({ job: 'untold' }).totals).toMatchObject({
    inputTokens: 10,
    outputTokens: 9,
    cachedTokens: 0,
    reasoningTokens: 0,
  });
});

test('lists models', async () => {
  const { text } = await send(`${server.url}/only/a,b/api/tags`);
  expect(JSON.parse(text)).toMatchObject({ models: [{ name: 'a', model: 'a' }, { name: 'b' }] });
});

test('an unknown model is 404 with a plain error', async () => {
  const { status, text } = await ask(server.url, '/api/chat', 'llama3');
  expect([status, JSON.parse(text)]).toEqual([404, { error: 'The model `llama3` does not exist' }]);
});
