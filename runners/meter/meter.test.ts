import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFile } from '../../crds/job-file.ts';
import { testJob } from '../testing/job.ts';
import type { CallRecord } from './call.ts';
import { type Meter, startMeter } from './meter.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A backend that answers as told, and the requests that it got. */
async function backend(
  answer: RequestListener,
): Promise<{ url: string; requests: IncomingMessage[]; connections: () => number }> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = http.createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    connections: () => connections,
  };
}

async function meterOf(
  url: string,
  more: Partial<JobFile> = {},
  apiKey?: string,
): Promise<Meter & { settled: () => Promise<CallRecord> }> {
  const base = testJob({ model: { name: 'm' }, ...more });
  const job = { ...base, backend: { ...base.backend, url } };
  const waiting: ((call: CallRecord) => void)[] = [];
  const meter = await startMeter({
    job,
    apiKey,
    clock: () => performance.now(),
    onCall: (call) => waiting.shift()?.(call),
  });
  closers.push(() => meter.close());
  return { ...meter, settled: () => new Promise((resolve) => waiting.push(resolve)) };
}

const body = (more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more });
const ask = (meter: Meter, more: object = {}, init: RequestInit = {}) =>
  fetch(`${meter.url}/v1/chat/completions`, { method: 'POST', body: body(more), redirect: 'manual', ...init });

const WHOLE = JSON.stringify({
  model: 'm-1',
  choices: [{ message: { content: 'Paris' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 3 },
});
const answerWhole: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.setHeader('content-type', 'application/json').end(WHOLE));
};
const event = (data: object | string) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const TEXT = event({ choices: [{ index: 0, delta: { content: 'Paris' } }] });
const openStream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

describe('the meter', () => {
  it('adds the key in place of what the agent sends, and asks for no compression', async () => {
    const { url, requests } = await backend(answerWhole);
    const meter = await meterOf(url, {}, 'secret');
    const answer = await ask(
      meter,
      {},
      { headers: { authorization: 'Bearer dummy', 'accept-encoding': 'gzip', 'x-custom': '1' } },
    );
    expect(await answer.text()).toBe(WHOLE);
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'accept-encoding': 'identity',
      'x-custom': '1',
      host: new URL(url).host,
    });
    expect(meter.ledger.usage()).toMatchObject({ inputTokens: 7, outputTokens: 3, modelCalls: 1, estimated: false });
    expect(meter.ledger.servedModel()).toBe('m-1');
  });

  it('keeps its connection to the backend', async () => {
    const { url, connections } = await backend(answerWhole);
    const meter = await meterOf(url);
    for (let call = 0; call < 5; call++) await (await ask(meter)).text();
    expect(connections()).toBe(1);
    expect(meter.ledger.usage().modelCalls).toBe(5);
  });

  it('keeps its connection to the backend after a stream, too', async () => {
    const { url, connections } = await backend((_, response) => openStream(response).end(`${TEXT}${event('[DONE]')}`));
    const meter = await meterOf(url);
    for (let call = 0; call < 5; call++) await (await ask(meter, { stream: true })).text();
    expect(connections()).toBe(1);
  });

  it('ends a stream at its last word, and the connection of a backend that does not', async () => {
    const { url, requests } = await backend((_, response) => openStream(response).write(`${TEXT}${event('[DONE]')}`));
    const meter = await meterOf(url);
    const answer = await ask(meter, { stream: true });
    const closed = once(requests[0]?.socket ?? fail(), 'close');
    expect(await answer.text()).toBe(`${TEXT}${event('[DONE]')}`);
    await closed;
    expect(meter.ledger.calls).toMatchObject([{ kind: 'ok' }]);
  });

  it('passes on what only reads, with the key and uncounted, and nothing else that would use the key', async () => {
    const { url, requests } = await backend((_, response) => response.end('[]'));
    const meter = await meterOf(url, {}, 'secret');
    expect((await fetch(`${meter.url}/v1/models`)).status).toBe(200);
    expect((await fetch(`${meter.url}/v1/embeddings`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(`${meter.url}/v1/files/1`, { method: 'DELETE' })).status).toBe(404);
    expect(requests.map((request) => [request.url, request.headers.authorization])).toEqual([
      ['/v1/models', 'Bearer secret'],
    ]);
    expect((await fetch(`${meter.url}/metrics`)).status).toBe(404);
    expect(meter.ledger.usage().modelCalls).toBe(0);
  });

  it.each(['/v1/chat/completions', '/v1/models'])('leads the agent past itself by no redirect of %s', async (path) => {
    const { url, requests } = await backend((_, response) =>
      response.writeHead(302, { location: '/v1/elsewhere' }).end(),
    );
    const meter = await meterOf(url);
    const answer = await fetch(`${meter.url}${path}`, {
      method: path.endsWith('models') ? 'GET' : 'POST',
      redirect: 'manual',
      ...(path.endsWith('models') ? {} : { body: body() }),
    });
    expect(answer.status).toBe(502);
    expect(answer.headers.get('location')).toBeNull();
    expect(requests).toHaveLength(1);
  });

  it('hands each piece of a stream on as it comes', async () => {
    const responses: ServerResponse[] = [];
    const { url } = await backend((_, response) => {
      responses.push(response);
      openStream(response).write(TEXT);
    });
    const meter = await meterOf(url);
    const answer = await ask(meter, { stream: true });
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(TEXT);
    // Only now does the backend say more, so the first piece cannot have waited for it.
    const rest = event('[DONE]');
    responses[0]?.end(`${event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } })}${rest}`);
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(rest);
    expect((await reader?.read())?.done).toBe(true);
    expect(meter.ledger.calls[0]).toMatchObject({ kind: 'ok', tokens: { inputTokens: 1, outputTokens: 1 } });
    expect(meter.ledger.firstTokenAt()).toBeGreaterThan(meter.ledger.calls[0]?.startedAt ?? Number.NaN);
  });

  it('lets a slow agent slow the backend down, and does not take that for a hang', async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    let source: ServerResponse | undefined;
    const piece = event({ choices: [{ index: 0, delta: {} }], filler: 'x'.repeat(64 * 1024) });
    const { url } = await backend((_, response) => {
      source = openStream(response);
      const send = (): void => {
        while (sent < total) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', send);
        }
        response.end(event('[DONE]'));
      };
      send();
    });
    const meter = await meterOf(url, { backend: { ...testJob().backend, requestTimeoutSeconds: 1 } });
    const request = http.request(`${meter.url}/v1/chat/completions`, { method: 'POST' });
    request.end(body({ stream: true, stream_options: { include_usage: true } }));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // Longer than the meter waits for a byte of the backend.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(sent).toBeLessThan(total / 2);
    expect(source?.writableNeedDrain).toBe(true);
    let received = 0;
    answer.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(answer, 'end');
    expect(received).toBe(sent + event('[DONE]').length);
    expect(meter.ledger.calls[0]?.kind).toBe('ok');
  });

  it('aborts the call at the backend when the agent hangs up, and charges what it had', async () => {
    const { url, requests } = await backend((_, response) => openStream(response).write(TEXT));
    const meter = await meterOf(url);
    const settled = meter.settled();
    const abort = new AbortController();
    const answer = await ask(meter, { stream: true }, { signal: abort.signal });
    await answer.body?.getReader().read();
    const closed = once(requests[0]?.socket ?? fail(), 'close');
    abort.abort();
    await closed;
    expect(await settled).toMatchObject({ kind: 'aborted', estimated: true, tokens: { outputTokens: 2 } });
  });

  it('knows a refusal even when the agent hangs up before the end of its body', async () => {
    const { url } = await backend((_, response) => response.writeHead(503, { 'retry-after': '9' }).write('{"error":'));
    const meter = await meterOf(url);
    const settled = meter.settled();
    await (await ask(meter)).body?.cancel();
    expect(await settled).toMatchObject({ kind: 'serverError', status: 503, retryAfterSeconds: 9 });
  });

  it('uses a new connection when a kept one was closed under it', async () => {
    let count = 0;
    const { url, connections } = await backend((request, response) => {
      count += 1;
      if (count === 2) request.socket.resetAndDestroy();
      else answerWhole(request, response);
    });
    const meter = await meterOf(url);
    await (await ask(meter)).text();
    expect((await ask(meter)).status).toBe(200);
    expect(connections()).toBe(2);
    expect(meter.ledger.usage().modelCalls).toBe(2);
  });

  it('never shows the key, even when the backend repeats it', async () => {
    const { url } = await backend((_, response) =>
      response.writeHead(500).end('{"error":{"message":"bad key sk-123!"}}'),
    );
    const meter = await meterOf(url, {}, 'sk-123');
    await (await ask(meter)).text();
    expect(meter.ledger.calls[0]?.detail).toBe('bad key [key]!');
  });

  it('refuses the call after the last one of the budget, in the words of either wire format', async () => {
    const { url, requests } = await backend(answerWhole);
    const meter = await meterOf(url, { budget: { maxModelCalls: 1 } });
    expect((await ask(meter)).status).toBe(200);
    const refused = await ask(meter);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-rune-budget')).toBe('exceeded');
    const message = 'budget.maxModelCalls is spent: 1 calls were made.';
    expect(await refused.json()).toEqual({
      error: { message, type: 'budget_exceeded', param: null, code: 'budget_exceeded' },
    });
    expect(requests).toHaveLength(1);
    expect(meter.ledger.usage().modelCalls).toBe(1);
    expect(meter.ledger.calls.at(-1)).toMatchObject({ kind: 'budgetExceeded', detail: message });

    const ollama = await meterOf(url.replace('/v1', ''), {
      budget: { maxCostUSD: '1' },
      backend: { ...testJob().backend, type: 'ollama' },
    });
    const native = await fetch(`${ollama.url}/api/chat`, { method: 'POST', body: body() });
    expect(native.status).toBe(429);
    expect(await native.json()).toEqual({ error: expect.stringContaining('needs inputPerMillionTokensUSD') });
    expect(requests).toHaveLength(1);
  });

  it('refuses a call of another model than the job measures', async () => {
    const { url, requests } = await backend(() => undefined);
    const meter = await meterOf(url);
    const refused = await ask(meter, { model: 'dear\n' });
    const message = 'The job is about the model "m", and not about "dear?".';
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ error: { message, code: 'model_not_found' } });
    expect(meter.ledger.calls).toMatchObject([{ kind: 'otherModel', detail: message, tokens: { inputTokens: 0 } }]);
    expect(requests).toHaveLength(0);
  });

  it('remembers a refusal once, however often it is asked for', async () => {
    const { url } = await backend(() => undefined);
    const meter = await meterOf(url);
    for (let call = 0; call < 5; call++) expect((await ask(meter, { model: 'dear' })).status).toBe(404);
    expect(meter.ledger.calls).toHaveLength(1);
  });

  it('takes so many connections, and no more', async () => {
    const meter = await meterOf('http://127.0.0.1:9/v1');
    const port = Number(new URL(meter.url).port);
    const sockets = Array.from({ length: 1024 }, () => connect(port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await once(connect(port, '127.0.0.1'), 'close');
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses what it cannot read, and goes on', async () => {
    const { url, requests } = await backend(answerWhole);
    const meter = await meterOf(url);
    const refused = await fetch(`${meter.url}/v1/chat/completions`, { method: 'POST', body: '{"model":"dear"} x' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_json' } });
    expect(requests).toHaveLength(0);
    expect((await ask(meter)).status).toBe(200);
  });

  it('holds no more of all requests together than memory allows', async () => {
    const open: ServerResponse[] = [];
    const both = Promise.withResolvers<void>();
    const { url } = await backend((request, response) => {
      if (open.length === 2) return answerWhole(request, response);
      request.resume();
      if (open.push(response) === 2) both.resolve();
    });
    const meter = await meterOf(url);
    const large = { user: 'x'.repeat(15 * 1024 * 1024) };
    const answers = [ask(meter, large), ask(meter, large)];
    await both.promise;
    const refused = await ask(meter, large);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error: { code: 'request_too_large' } });
    for (const response of open) response.end(WHOLE);
    for (const answer of answers) await (await answer).text();
    expect((await ask(meter, large)).status).toBe(200);
    expect((await ask(meter, { user: 'x'.repeat(16 * 1024 * 1024) })).status).toBe(413);
  });

  it('counts calls that run at the same time apart', async () => {
    const { url } = await backend(answerWhole);
    const meter = await meterOf(url, { prices: { inputPerMillionTokensUSD: '0.5', outputPerMillionTokensUSD: '1' } });
    await Promise.all(Array.from({ length: 20 }, async () => (await ask(meter)).text()));
    expect(meter.ledger.usage()).toMatchObject({ modelCalls: 20, inputTokens: 140, outputTokens: 60 });
    // Rounded up once: 140 * 0.5 + 60 * 1.
    expect(meter.ledger.costMicroUSD()).toBe(130);
    expect(new Set(meter.ledger.calls.map((call) => call.number)).size).toBe(20);
  });

  it('refuses an answer that is compressed', async () => {
    const { url } = await backend((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    const meter = await meterOf(url);
    expect((await ask(meter)).status).toBe(502);
    expect(meter.ledger.calls[0]).toMatchObject({ kind: 'badResponse' });
  });

  it('meters the responses endpoint', async () => {
    const response = {
      object: 'response',
      status: 'completed',
      model: 'm',
      output: [],
      usage: { input_tokens: 4, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } },
    };
    const { url } = await backend((_, answer) => {
      openStream(answer).end(`event: response.completed\n${event({ type: 'response.completed', response })}`);
    });
    const meter = await meterOf(url);
    await (
      await fetch(`${meter.url}/v1/responses`, { method: 'POST', body: JSON.stringify({ input: 'hi', stream: true }) })
    ).text();
    expect(meter.ledger.calls[0]).toMatchObject({
      kind: 'ok',
      tokens: { inputTokens: 4, outputTokens: 2, reasoningTokens: 1 },
    });
  });
});

function fail(): never {
  throw new Error('the backend got no request');
}
