import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScriptedModel, startScriptedModel } from './server.ts';
import { ask, lines, send } from './test-client.ts';

let server: ScriptedModel;

beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());

const wires = [
  { wire: 'openai', path: '/v1/chat/completions', errorOf: (message: string) => ({ error: { message } }) },
  { wire: 'ollama', path: '/api/chat', errorOf: (message: string) => ({ error: message }) },
] as const;

describe.each(wires)('over the $wire wire', ({ wire, path, errorOf }) => {
  const whole = { stream: false };
  const streamed = { stream: true };
  const last = (job: string) => server.stats({ job: `${wire}-${job}` }).requests.at(-1);
  const fail = (behaviour: string, job: string, extra: Record<string, unknown> = whole, init: RequestInit = {}) =>
    ask(server.url, path, `${behaviour}/job:${wire}-${job}`, 'hello there', extra, init);

  test.each([400, 401, 403, 404, 429, 500, 502, 503, 529])('error %i', async (status) => {
    const seen = await fail(`error:${status}`, `error-${status}`);
    expect(seen.status).toBe(status);
    expect(JSON.parse(seen.text)).toMatchObject(errorOf(`scripted error ${status}`));
    expect(seen.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
    expect(last(`error-${status}`)).toMatchObject({ status, inputTokens: 0, outputTokens: 0 });
  });

  test.each([
    ['error:429/retry-after:7', '7'],
    ['error:503/retry-after:7', '7'],
    ['error:429/retry-after:none', null],
  ])('%s', async (behaviour, expected) => {
    expect((await fail(behaviour, 'retry')).headers.get('retry-after')).toBe(expected);
  });

  test('a Retry-After that is a date', async () => {
    const { headers } = await fail('error:429/retry-after:date:3600', 'date');
    const seconds = (Date.parse(headers.get('retry-after') ?? '') - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
  });

  test('only the first requests of a job, until they are forgotten', async () => {
    const statuses = async () => {
      const seen: number[] = [];
      for (let i = 0; i < 3; i++) seen.push((await fail('error:500/times:2', 'times')).status);
      return seen;
    };
    expect(await statuses()).toEqual([500, 500, 200]);
    expect((await fail('error:500/times:1', 'times-of-another')).status).toBe(500);
    server.resetStats({ job: `${wire}-times` });
    expect(await statuses()).toEqual([500, 500, 200]);
  });

  test('a key is demanded', async () => {
    const statusWith = async (authorization?: string) => {
      const init = { headers: authorization ? { authorization } : {} };
      return (await fail('key:s3cret', 'key', whole, init)).status;
    };
    expect([await statusWith(), await statusWith('Bearer wrong'), await statusWith('Bearer s3cret')]).toEqual([
      401, 401, 200,
    ]);
    expect(server.stats({ job: `${wire}-key` }).requests.map(({ authorized }) => authorized)).toEqual([
      false,
      true,
      true,
    ]);
    expect(JSON.stringify(server.stats())).not.toContain('Bearer');
  });

  test('too-long', async () => {
    const { status, text } = await fail('too-long', 'long');
    expect(status).toBe(400);
    expect(text).toContain('maximum context length is 8192 tokens');
  });

  test('redirect leads to a place where followers are seen', async () => {
    const { status, headers } = await fail('redirect', 'redirect');
    expect([status, headers.get('location')]).toEqual([302, '/redirected']);
    const followers = () => server.stats().requests.filter((request) => request.path === '/redirected').length;
    const before = followers();
    await fail('redirect', 'redirect', whole, { redirect: 'follow' });
    expect(followers() - before).toBe(1);
  });

  test('wrong-type', async () => {
    const { status, headers, text } = await fail('wrong-type', 'type');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(text).toContain('<html>');
  });

  test('malformed', async () => {
    const { text } = await fail('malformed', 'malformed');
    expect(() => JSON.parse(text) as unknown).toThrow();
    const stream = (await fail('malformed', 'malformed', streamed)).text.trimEnd().split(/\n+/);
    expect(stream).toHaveLength(2);
    expect(() => JSON.parse((stream[1] ?? '').replace('data: ', '')) as unknown).toThrow();
  });

  test('reset before any header', async () => {
    await expect(fail('reset', 'reset')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(last('reset')).toMatchObject({ status: null, ending: 'cut' });
  });

  test.each([
    ['hang', streamed],
    ['hang', whole],
    ['hang-after:1', streamed],
    ['hang-after:1', whole],
  ])('%s %o never ends until the client leaves', async (behaviour, extra) => {
    const job = `${behaviour.replace(':', '-')}-${extra.stream}`;
    const client = new AbortController();
    const asked = fail(behaviour, job, extra, { signal: client.signal });
    await expect.poll(() => last(job)?.ending).toBe('open');
    client.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => last(job)?.ending).toBe('client-left');
  });

  test.each([streamed, whole])('cut %o', async (extra) => {
    await expect(fail('answer:a_b_c/cut-after:2', `cut-${extra.stream}`, extra)).rejects.toThrow('terminated');
    expect(last(`cut-${extra.stream}`)).toMatchObject({ status: 200, ending: 'cut', usageReported: false });
  });

  test('a stream cut before its first frame', async () => {
    await expect(fail('cut-after:0', 'cut-0', streamed)).rejects.toThrow('terminated');
    expect(last('cut-0')).toMatchObject({ status: 200, ending: 'cut', outputTokens: 0 });
  });

  test('an error inside a 200 answer', async () => {
    const stream = await fail('answer:a_b_c/error-after:2', 'inside', streamed);
    expect(stream.status).toBe(200);
    const frames = stream.text.trimEnd().split(/\n+/);
    expect(frames).toHaveLength(3);
    expect(JSON.parse((frames[2] ?? '').replace('data: ', ''))).toMatchObject(errorOf('scripted error'));
    const body = await fail('error-after:2', 'inside', whole);
    expect([body.status, JSON.parse(body.text)]).toMatchObject([200, errorOf('scripted error')]);
  });

  test('no usage', async () => {
    const options = { stream_options: { include_usage: true } };
    const texts = await Promise.all([
      fail('answer:a_b/no-usage', 'usage', whole),
      fail('answer:a_b/no-usage', 'usage', { ...streamed, ...options }),
    ]);
    for (const { text } of texts) expect(text).not.toMatch(/"usage"|eval_count/);
    expect(server.stats({ job: `${wire}-usage` }).requests).toMatchObject([
      { outputTokens: 2, usageReported: false },
      { outputTokens: 2, usageReported: false },
    ]);
  });

  test.each([streamed, whole])('a long answer %o has exactly its size', async (extra) => {
    const { text } = await fail('long:100000', 'size', extra);
    const parts = text.match(/"content":"([^"]*)"/g);
    const content = (parts ?? []).map((part) => part.slice('"content":"'.length, -1)).join('');
    expect(content).toHaveLength(100_000);
    expect(last('size')?.outputTokens).toBe(content.match(/\S+/g)?.length);
  });

  test('an empty answer is whole and has no tokens', async () => {
    await fail('empty', 'empty', streamed);
    expect(last('empty')).toMatchObject({
      status: 200,
      ending: 'complete',
      outputTokens: 0,
      usageReported: wire === 'ollama',
    });
  });

  test.each(['delay:60s', 'words:3/slow:60s'])('%s lets others go first', async (behaviour) => {
    const client = new AbortController();
    const waiting = fail(behaviour, 'waiting', streamed, { signal: client.signal });
    const winner = await Promise.race([waiting, fail('answer:first', 'first', streamed)]);
    expect(winner.text).toContain('first');
    client.abort();
    await expect(waiting).rejects.toThrow();
  });

  test('one request of many fails and the others do not notice', async () => {
    const behaviours = ['answer:a', 'error:500', 'answer:b', 'reset', 'answer:c', 'cut-after:1'];
    const seen = await Promise.allSettled(behaviours.map((behaviour, index) => fail(behaviour, `many-${index}`)));
    const summary = seen.map((result) => (result.status === 'fulfilled' ? result.value.status : 'failed'));
    expect(summary).toEqual([200, 500, 200, 'failed', 200, 'failed']);
  });
});

test('the list of models fails as its path says', async () => {
  const statuses = async (path: string, headers = {}) => (await send(`${server.url}${path}`, { headers })).status;
  expect(await statuses('/as/error:503/v1/models')).toBe(503);
  expect(await statuses('/as/key:k/api/tags')).toBe(401);
  expect(await statuses('/as/key:k/api/tags', { authorization: 'Bearer k' })).toBe(200);
  expect(await statuses('/as/oops/v1/models')).toBe(400);
  expect((await ask(server.url, '/as/key:k/v1/chat/completions', 'echo')).status).toBe(401);
  expect((await ask(server.url, '/only/echo/v1/chat/completions', 'empty')).status).toBe(404);
});

test('a closed second port refuses, and answers again once it is open', async () => {
  await server.closeSecondPort();
  await expect(send(`${server.secondUrl}/v1/models`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await server.openSecondPort();
  expect((await send(`${server.secondUrl}/v1/models`)).status).toBe(200);
});

test('closing ends requests that hang', async () => {
  const own = await startScriptedModel();
  const asked = ask(own.url, '/api/chat', 'hang');
  await expect.poll(() => own.stats().requests.length).toBe(1);
  await Promise.all([expect(asked).rejects.toThrow(), own.close()]);
});

test('an Ollama stream is readable line by line', async () => {
  const { text } = await ask(server.url, '/api/generate', 'words:3');
  expect(lines(text)).toHaveLength(4);
});
