import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { type App, buildApp } from './app.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Ending, Engine } from './engine.ts';

let app: App;
let url: string;
const logged: Record<string, unknown>[] = [];

beforeEach(async () => {
  logged.length = 0;
  app = buildApp('tiny:1', (line) => logged.push(line));
  app.server.listen(0, '127.0.0.1');
  await once(app.server, 'listening');
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterEach(() => {
  app.server.closeAllConnections();
  app.server.close();
});

type Pieces = (request: ChatRequest, signal: AbortSignal) => AsyncGenerator<string, Ending, void>;

function engine(pieces: Pieces): Engine {
  return { generate: (request, signal) => ({ promptTokens: 7, pieces: pieces(request, signal) }) };
}

async function* paris(): AsyncGenerator<string, Ending, void> {
  yield 'It is ';
  yield '';
  yield 'Paris';
  return { finishReason: 'stop', completionTokens: 4 };
}

function ask(fields: Record<string, unknown> = {}, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ model: 'tiny:1', messages: [{ role: 'user', content: 'Hi' }], ...fields });
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', body, ...init });
}

const usage = { prompt_tokens: 7, completion_tokens: 4, total_tokens: 11 };

test('is ready once the model is loaded', async () => {
  expect((await fetch(`${url}/healthz`)).status).toBe(503);
  expect((await ask()).status).toBe(503);
  app.serve(engine(paris));
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await ask()).status).toBe(200);
});

test('lists its model', async () => {
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ object: 'list', data: [{ id: 'tiny:1' }] });
  expect((await fetch(`${url}/v1/models/tiny%3A1`)).status).toBe(200);
  expect((await fetch(`${url}/v1/models/other`)).status).toBe(404);
});

test('a whole answer carries its usage', async () => {
  app.serve(engine(paris));
  expect(await (await ask()).json()).toMatchObject({
    object: 'chat.completion',
    model: 'tiny:1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'It is Paris' }, finish_reason: 'stop' }],
    usage,
  });
  expect(logged).toMatchObject([{ event: 'answered', ...usage }]);
});

interface Chunk {
  choices: { delta: { content?: string }; finish_reason: string | null }[];
  usage?: typeof usage | null;
}

async function chunks(response: Response): Promise<Chunk[]> {
  const data = (await response.text()).trimEnd().split('\n\n');
  expect(data.pop()).toBe('data: [DONE]');
  return data.map((line) => JSON.parse(line.replace('data: ', '')) as Chunk);
}

test('a stream carries its usage only when asked', async () => {
  app.serve(engine(paris));
  const silent = await chunks(await ask({ stream: true }));
  expect(silent.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', 'It is ', 'Paris', undefined]);
  expect(silent.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  expect(silent.some((chunk) => 'usage' in chunk)).toBe(false);

  const told = await chunks(await ask({ stream: true, stream_options: { include_usage: true } }));
  expect(told.at(-1)).toMatchObject({ choices: [], usage });
  expect(told.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
});

test.each([
  [{ model: 'other' }, 404, 'model_not_found'],
  [{ tools: [{}] }, 400, 'unsupported_parameter'],
])('%j is refused', async (fields, status, code) => {
  app.serve(engine(paris));
  const response = await ask(fields);
  expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
});

test('an unknown path and a body that is too large are refused', async () => {
  expect((await fetch(`${url}/v1/embeddings`, { method: 'POST' })).status).toBe(404);
  expect((await ask({ user: 'x'.repeat(5_000_000) })).status).toBe(413);
});

test('what the engine refuses reaches the client', async () => {
  app.serve({
    generate: () => {
      throw new ApiError(400, 'context_length_exceeded', 'too long', 'messages');
    },
  });
  expect(await (await ask({ stream: true })).json()).toEqual({
    error: { message: 'too long', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' },
  });
});

test('a failure in the middle of a stream is told in the stream, without its details', async () => {
  app.serve(
    engine(async function* () {
      yield 'It';
      throw new Error('secret detail');
    }),
  );
  const text = await (await ask({ stream: true })).text();
  expect(text).toContain('"content":"It"');
  expect(text).toContain('the model failed; see the server log');
  expect(text).not.toContain('secret detail');
  expect(text).not.toContain('[DONE]');
  expect(logged).toMatchObject([{ event: 'failed', error: 'Error: secret detail' }]);
});

test.each([true, false])('a client that leaves ends its answer (stream: %s)', async (stream) => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  app.serve(
    engine(async function* (_request, signal) {
      asked.resolve();
      await once(signal, 'abort');
      ended.resolve(signal.reason);
      signal.throwIfAborted();
      return yield* paris();
    }),
  );
  const client = new AbortController();
  const response = ask({ stream }, { signal: client.signal }).then((got) => got.text());
  await asked.promise;
  client.abort();
  await expect(response).rejects.toThrow();
  expect(await ended.promise).toMatchObject({ message: 'the client closed the connection' });
});
