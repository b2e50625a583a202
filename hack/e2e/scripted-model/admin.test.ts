import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScriptedModel, startScriptedModel } from './server.ts';
import type { Stats } from './stats.ts';
import { ask, send } from './test-client.ts';

let server: ScriptedModel;
const path = '/v1/chat/completions';

beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());

test('a model of any name gets a behaviour, and loses it', async () => {
  const admin = `${server.url}/admin/models/my/model%3Av1`;
  expect((await ask(server.url, path, 'my/model:v1')).status).toBe(404);
  const put = await send(admin, { method: 'PUT', body: '{"behaviour":"answer:Paris"}' });
  expect(JSON.parse(put.text)).toEqual({ models: { 'my/model:v1': 'answer:Paris' } });
  expect((await ask(server.url, path, 'my/model:v1')).text).toContain('"content":"Paris"');
  await send(admin, { method: 'DELETE' });
  expect((await ask(server.url, path, 'my/model:v1')).status).toBe(404);
});

test.each([
  ['PUT', '/admin/models/x', '{"behaviour":"oops"}', 400],
  ['PUT', '/admin/models/x', '{"behaviour":"error:200"}', 400],
  ['PUT', '/admin/models/x', '{', 400],
  ['PUT', '/admin/second-port', '{"open":"yes"}', 400],
  ['GET', '/admin/oops', undefined, 404],
])('%s %s %s is %i', async (method, route, body, status) => {
  expect((await send(`${server.url}${route}`, { method, ...(body ? { body } : {}) })).status).toBe(status);
});

test('statistics are read and forgotten by model and by job', async () => {
  await ask(server.url, path, 'answer:a_b/job:one', 'x y z');
  await ask(server.url, '/api/generate', 'answer:a/job:two', 'x');
  await ask(server.url, path, 'answer:a_b/job:one', 'x y z', { stream: true });
  const read = async (query: string, method = 'GET') =>
    JSON.parse((await send(`${server.url}/stats${query}`, { method })).text) as Stats;
  const one = await read('?job=one');
  expect(one.totals).toEqual({
    requests: 2,
    answered: 2,
    inputTokens: 6,
    outputTokens: 4,
    cachedTokens: 0,
    reasoningTokens: 0,
  });
  expect(one.requests[0]).toMatchObject({
    method: 'POST',
    path,
    wire: 'openai',
    model: 'answer:a_b/job:one',
    job: 'one',
    streamed: false,
    authorized: false,
    status: 200,
    ending: 'complete',
    usageReported: true,
    inputTokens: 3,
    outputTokens: 2,
  });
  expect((await read('?model=answer:a%2Fjob:two')).totals.requests).toBe(1);
  await read('?job=one', 'DELETE');
  expect((await read('?job=one')).requests).toEqual([]);
  expect((await read('?job=two')).requests).toHaveLength(1);
  await read('', 'DELETE');
  expect((await read('')).requests).toEqual([]);
});

test('the second port opens and closes on command', async () => {
  const put = (open: boolean) =>
    send(`${server.url}/admin/second-port`, { method: 'PUT', body: JSON.stringify({ open }) });
  expect((await put(false)).text).toBe('{"open":false}');
  await expect(send(`${server.secondUrl}/healthz`)).rejects.toThrow();
  expect((await put(true)).text).toBe('{"open":true}');
  expect((await send(`${server.secondUrl}/healthz`)).status).toBe(200);
});
