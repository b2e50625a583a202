import { describe, expect, it } from 'vitest';
import { failureOfError, failureOfStatus } from './failure.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { fitForMessage, redact, redactAnswer, sanitize } from './sanitize.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const openai = (code: string | null, message = 'm') => JSON.stringify({ error: { message, type: 't', code } });

describe('failureOfStatus', () => {
  it.each<[number, string, string]>([
    [301, '', 'redirected'],
    [429, openai('rate_limit_exceeded'), 'rateLimited'],
    [500, 'Internal Server Error', 'serverError'],
    [529, '{}', 'serverError'],
    [408, '', 'serverError'],
    [401, openai('invalid_api_key'), 'keyRefused'],
    [403, '<html>', 'keyRefused'],
    [404, openai('model_not_found', 'no'), 'modelNotFound'],
    [404, openai(null, 'The model `m` does not exist.'), 'modelNotFound'],
    [404, '{"error":"model \\"m\\" not found, try pulling it first"}', 'modelNotFound'],
    [400, openai('model_not_found'), 'modelNotFound'],
    [404, '{"detail":"Not Found"}', 'requestRefused'],
    [404, '404 page not found', 'requestRefused'],
    [400, openai('context_length_exceeded'), 'promptTooLong'],
    [400, openai(null, "This model's maximum context length is 4096 tokens."), 'promptTooLong'],
    [
      400,
      '{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}',
      'promptTooLong',
    ],
    [422, openai('bad_field'), 'requestRefused'],
    [402, openai(null, 'pay first'), 'requestRefused'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(failureOfStatus({ status, headers: {}, body }, NOW)).toMatchObject({ kind, status });
  });

  it('takes the message and the time to wait from the answer', () => {
    expect(
      failureOfStatus({ status: 429, headers: { 'retry-after': '7' }, body: openai(null, 'Slow\n down') }, NOW),
    ).toEqual({
      kind: 'rateLimited',
      status: 429,
      retryAfterSeconds: 7,
      detail: 'Slow down',
    });
  });
});

describe('failureOfError', () => {
  it.each<[string | undefined, object]>([
    ['ECONNREFUSED', { kind: 'unreachable', detail: 'connection refused' }],
    ['ENOTFOUND', { kind: 'unreachable', detail: 'its host name is unknown' }],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', { kind: 'untrusted' }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', { kind: 'untrusted' }],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', { kind: 'untrusted' }],
    ['HPE_INVALID_CONSTANT', { kind: 'badResponse' }],
    ['ENEWKIND', { kind: 'unreachable', detail: 'ENEWKIND' }],
    [undefined, { kind: 'unreachable', detail: 'the connection failed' }],
  ])('%s', (code, failure) => {
    expect(failureOfError(Object.assign(new Error('e'), { code }))).toMatchObject(failure);
  });
});

describe('retryAfterSeconds', () => {
  it.each<[string | undefined, number | undefined]>([
    ['0', 0],
    ['120', 120],
    ['1.2', 2],
    ['99999999999999', 2 ** 31 - 1],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s: %s', (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds);
  });
});

describe('sanitize', () => {
  it('makes one line of at most 200 characters', () => {
    expect(sanitize('a\r\n\u001b[31mb\u202e\u2028c\ud800')).toBe('a [31mb c\ufffd');
    expect(Array.from(sanitize('😀'.repeat(500)))).toHaveLength(200);
  });

  it('takes the key out', () => {
    expect(redact('Incorrect API key: sk-1.', 'sk-1')).toBe('Incorrect API key: [key].');
    expect(redact('nothing', undefined)).toBe('nothing');
    expect(redactAnswer('It is none.', 'none')).toBe('It is none.');
    const key = 'sk-'.padEnd(80, 'k');
    expect(fitForMessage(`${'x'.repeat(150)} ${key}`, key)).toBe(`${'x'.repeat(150)} [key]`);
    expect(redactAnswer(`It is ${key}.`, key)).toBe('It is [key].');
  });
});
