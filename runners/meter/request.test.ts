import { describe, expect, it } from 'vitest';
import { testJob } from '../testing/job.ts';
import { endpointOf } from './endpoint.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { readRequestBody } from './request-body.ts';

const openai = testJob({ backend: { url: 'https://h.example/openai/v1' } }).backend;
const ollama = testJob({ backend: { type: 'ollama', url: 'http://h.example:11434' } }).backend;

describe('endpointOf', () => {
  it.each<[string, string, typeof openai, string | undefined, boolean]>([
    ['POST', '/v1/chat/completions', openai, 'https://h.example/openai/v1/chat/completions', true],
    [
      'POST',
      '/v1/chat/completions?api-version=1',
      openai,
      'https://h.example/openai/v1/chat/completions?api-version=1',
      true,
    ],
    ['POST', '/v1/completions', openai, 'https://h.example/openai/v1/completions', true],
    ['POST', '/v1/responses', openai, 'https://h.example/openai/v1/responses', true],
    ['GET', '/v1/models', openai, 'https://h.example/openai/v1/models', false],
    ['HEAD', '/v1/models/org/m%3A1', openai, 'https://h.example/openai/v1/models/org/m%3A1', false],
    ['GET', '/v1/models/..%2ffiles', openai, undefined, false],
    ['GET', '/v1/responses/1', openai, undefined, false],
    ['GET', '/v1/files', openai, undefined, false],
    ['POST', '/v1/embeddings', openai, undefined, false],
    ['POST', '/v1//chat/completions', openai, undefined, false],
    ['POST', '/v1/chat%2Fcompletions', openai, undefined, false],
    ['POST', '/v1/batches', openai, undefined, false],
    ['DELETE', '/v1/files/1', openai, undefined, false],
    ['POST', '/api/show', ollama, 'http://h.example:11434/api/show', false],
    ['POST', '/api/pull', ollama, undefined, false],
    ['DELETE', '/api/delete', ollama, undefined, false],
    ['POST', '/api/chat', openai, undefined, false],
    ['POST', '/api/chat', ollama, 'http://h.example:11434/api/chat', true],
    ['POST', '/api/generate', ollama, 'http://h.example:11434/api/generate', true],
    ['GET', '/api/tags', ollama, 'http://h.example:11434/api/tags', false],
    ['POST', '/v1/chat/completions', ollama, 'http://h.example:11434/v1/chat/completions', true],
    ['GET', '/', openai, undefined, false],
    ['GET', '/admin', openai, undefined, false],
    ['GET', '/v1/../admin', openai, undefined, false],
    ['GET', '/v1/%2e%2e/admin', openai, undefined, false],
    ['GET', '//other.example/v1/x', openai, undefined, false],
    ['GET', 'http://other.example/v1/x', openai, undefined, false],
  ])('%s %s', (method, target, backend, url, isMetered) => {
    const endpoint = endpointOf(method, target, backend);
    expect(endpoint?.target.href).toBe(url);
    expect(endpoint?.metered !== undefined).toBe(isMetered);
  });
});

describe('headers', () => {
  it("replaces the agent's credentials and drops what belongs to one connection", () => {
    const agent = {
      host: 'meter',
      authorization: 'Bearer agent',
      cookie: 'a=b',
      'x-api-key': 'k',
      connection: 'keep-alive, x-hop',
      'x-hop': '1',
      te: 'trailers',
      'accept-encoding': 'gzip',
      'x-custom': '1',
    };
    expect(requestHeaders(agent, 'secret', 5)).toEqual({
      'accept-encoding': 'identity',
      authorization: 'Bearer secret',
      'content-length': 5,
      'x-custom': '1',
    });
    expect(requestHeaders(agent, undefined, undefined)).toEqual({ 'accept-encoding': 'identity', 'x-custom': '1' });
  });

  it('keeps the length of an answer that stays as it is', () => {
    const backend = { 'content-length': '5', 'transfer-encoding': 'chunked', 'x-request-id': 'r' };
    expect(responseHeaders(backend)).toEqual({ 'content-length': '5', 'x-request-id': 'r' });
    expect(responseHeaders(backend, 'application/json')).toEqual({
      'x-request-id': 'r',
      'content-type': 'application/json',
    });
  });
});

describe('readRequestBody', () => {
  const chat = endpointOf('POST', '/v1/chat/completions', openai)?.metered;
  const native = endpointOf('POST', '/api/chat', ollama)?.metered;
  if (chat === undefined || native === undefined) throw new Error('unreachable');

  it.each<[string, string, boolean, boolean]>([
    [
      '{"stream":true,"seed":12345678901234567890}',
      '{"stream_options":{"include_usage":true},"stream":true,"seed":12345678901234567890}',
      true,
      true,
    ],
    [
      '{"stream":true,"stream_options":{"include_usage":true}}',
      '{"stream":true,"stream_options":{"include_usage":true}}',
      true,
      false,
    ],
    [
      '{"stream":true,"stream_options":{"include_usage":false,"x":1}}',
      '{"stream":true,"stream_options":{"include_usage":true,"x":1}}',
      true,
      true,
    ],
    ['{"stream":true,"stream_options":null}', '{"stream":true,"stream_options":{"include_usage":true}}', true, true],
    ['{"model":"m"}', '{"model":"m"}', false, false],
  ])('%s goes out as %s', (given, sent, streamed, hidesUsage) => {
    const body = readRequestBody(Buffer.from(given), chat);
    expect(body?.bytes.toString()).toBe(sent);
    expect(body).toMatchObject({ streamed, hidesUsage });
  });

  it.each<[string, string | Buffer]>([
    ['text', 'not JSON'],
    ['a list', '["m"]'],
    ['what Python takes for JSON', '{"model":"dear","temperature":NaN}'],
    ['what Go reads no further than it must', '{"model":"dear"} x'],
    ['UTF-16', Buffer.from('{"model":"dear"}', 'utf16le')],
    ['a mark before it', '\ufeff{"model":"dear"}'],
    ['more values than memory should be given to', `{"messages":[${'[],'.repeat(300_000)}1]}`],
    ['what cannot be written again', `{"stream":true,"stream_options":{},"messages":${nested(100_000)}}`],
  ])('reads nothing of %s', (_, given) => {
    expect(readRequestBody(Buffer.from(given), chat)).toBeUndefined();
  });

  it('reads what is nested deeply', () => {
    expect(readRequestBody(Buffer.from(`{"messages":${nested(100_000)}}`), chat)).toMatchObject({ characters: 0 });
  });

  it('names each model that a server may read', () => {
    const body = '{"model":"m","Model":"dear","MODEL":5}';
    expect(readRequestBody(Buffer.from(body), native)).toMatchObject({ models: ['m', 'dear'] });
  });

  it('knows that Ollama streams unless told not to', () => {
    expect(readRequestBody(Buffer.from('{}'), native)).toMatchObject({ streamed: true, hidesUsage: false });
    expect(readRequestBody(Buffer.from('{"stream":false}'), native)).toMatchObject({ streamed: false });
  });

  it('measures the text of a prompt without its images', () => {
    const messages = [
      { role: 'user', content: '12345' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
      { role: 'user', content: '', images: ['AAAA'] },
    ];
    const length = 'user12345userimage_urluser'.length;
    expect(readRequestBody(Buffer.from(JSON.stringify({ messages, model: 'ignored' })), chat)?.characters).toBe(length);
  });
});

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}
