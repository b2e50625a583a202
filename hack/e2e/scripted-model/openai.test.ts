import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScriptedModel, startScriptedModel } from './server.ts';
import { ask, events, send } from './test-client.ts';

let server: ScriptedModel;
const path = '/v1/chat/completions';

beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());

const usage = {
  prompt_tokens: 120,
  completion_tokens: 30,
  total_tokens: 150,
  prompt_tokens_details: { cached_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

test('a whole answer', async () => {
  const { status, text } = await ask(server.url, path, 'answer:It_is_Paris/tokens:120:30:20:5');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({
    object: 'chat.completion',
    model: 'answer:It_is_Paris/tokens:120:30:20:5',
    choices: [{ index: 0, message: { role: 'assistant', content: 'It is Paris' }, finish_reason: 'stop' }],
    usage,
  });
});

test('a streamed answer tells its usage only when asked', async () => {
  const model = 'answer:It_is_Paris/tokens:120:30:20:5/job:streamed';
  const silent = events((await ask(server.url, path, model, 'x', { stream: true })).text);
  expect(silent.filter((event) => 'usage' in (event as object))).toEqual([]);

  const options = { stream: true, stream_options: { include_usage: true } };
  const told = await ask(server.url, path, model, 'x', options);
  expect(told.headers.get('content-type')).toBe('text/event-stream');
  const deltas = events(told.text).slice(0, -1) as {
    choices: [{ delta: unknown; finish_reason: unknown }];
    usage: null;
  }[];
  expect(deltas.map((event) => event.choices[0].delta)).toEqual([
    { role: 'assistant', content: '' },
    { content: 'It ' },
    { content: 'is ' },
    { content: 'Paris' },
    {},
  ]);
  expect(deltas.at(-1)?.choices[0].finish_reason).toBe('stop');
  expect(deltas.every((event) => event.usage === null)).toBe(true);
  expect(events(told.text).at(-1)).toMatchObject({ choices: [], usage });

  const { requests } = server.stats({ job: 'streamed' });
  expect(requests.map((request) => request.usageReported)).toEqual([false, true]);
  expect(requests.map((request) => request.outputTokens)).toEqual([30, 30]);
});

test('counts words where no counts were asked for', async () => {
  const { text } = await ask(server.url, path, 'answer:a_b_c/thinking:d_e', 'one two three four');
  expect(JSON.parse(text)).toMatchObject({
    choices: [{ message: { content: 'a b c', reasoning_content: 'd e' } }],
    usage: { prompt_tokens: 4, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 2 } },
  });
});

test('max_tokens cuts the answer', async () => {
  const { text } = await ask(server.url, path, 'words:10', 'x', { max_tokens: 3 });
  expect(JSON.parse(text)).toMatchObject({
    choices: [{ message: { content: 'word1 word2 word3 ' }, finish_reason: 'length' }],
    usage: { completion_tokens: 3 },
  });
});

test('tools are called one a round, then the answer repeats the last result', async () => {
  const prompt = 'Weather? <<tool: get_weather {"city": "Paris"}>> <<tool: get_time>>';
  const round = async (...more: unknown[]) => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: prompt }] }, ...more];
    return JSON.parse((await ask(server.url, path, 'job:tools', prompt, { messages })).text) as unknown;
  };
  const call = { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function' }] };
  expect(await round()).toMatchObject({
    choices: [
      {
        message: { content: null, tool_calls: [{ function: { name: 'get_weather', arguments: '{"city": "Paris"}' } }] },
        finish_reason: 'tool_calls',
      },
    ],
  });
  expect(await round(call, { role: 'tool', content: 'sunny' })).toMatchObject({
    choices: [{ message: { tool_calls: [{ function: { name: 'get_time', arguments: '{}' } }] } }],
  });
  const end = [call, { role: 'tool', content: 'sunny' }, call, { role: 'tool', content: 'noon' }];
  expect(await round(...end)).toMatchObject({ choices: [{ message: { content: 'noon' }, finish_reason: 'stop' }] });
});

test('a streamed tool call comes in parts that make one', async () => {
  const { text } = await ask(server.url, path, 'tool:f', 'x <<tool: g>>', { stream: true });
  const deltas = (
    events(text) as {
      choices: [{ delta: { tool_calls?: [{ id?: string; function: { name?: string; arguments: string } }] } }];
    }[]
  ).flatMap((event) => event.choices[0].delta.tool_calls ?? []);
  expect(deltas[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'f' } });
  expect(deltas.map((delta) => delta.function.arguments).join('')).toBe('{}');
});

test('lists models, its own and those of the path', async () => {
  const ids = async (prefix: string) =>
    (JSON.parse((await send(`${server.url}${prefix}/v1/models`)).text) as { data: { id: string }[] }).data.map(
      ({ id }) => id,
    );
  server.setModel('gpt-4o', 'answer:Paris');
  expect(await ids('')).toEqual(['echo', 'answer:Paris', 'gpt-4o']);
  expect(await ids('/only/a,b%2Fc')).toEqual(['a', 'b/c']);
  expect((await send(`${server.url}/v1/models/answer:x`)).status).toBe(200);
  expect((await send(`${server.url}/v1/models/unknown`)).status).toBe(404);
});

test.each([
  ['not JSON', '{oops', 'the body is not valid JSON'],
  ['no model', '{"messages":[]}', 'model must be a string'],
  ['no messages', '{"model":"echo"}', 'messages must be a non-empty array'],
])('a body with %s is refused', async (_what, body, message) => {
  const { status, text } = await send(`${server.url}${path}`, { method: 'POST', body });
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { message, type: 'invalid_request_error' } });
});
