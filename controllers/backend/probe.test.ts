import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ProbeTarget, probe } from './probe.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json =
  (body: unknown, code = 200): RequestListener =>
  (_, response) =>
    response.writeHead(code).end(JSON.stringify(body));

describe('probe', () => {
  it.each<[ProbeTarget['type'], unknown, string[]]>([
    ['openai', { object: 'list', data: [{ id: 'a' }, { id: 'b', extra: 1 }] }, ['a', 'b']],
    ['openai', { data: [{ id: 7 }, null, {}] }, []],
    ['ollama', { models: [{ name: 'a:latest' }] }, ['a:latest']],
  ])('reads the list of an %s backend from %j', async (type, body, models) => {
    expect(await probe({ type, url: await serve(json(body)) })).toEqual({ kind: 'listed', models });
  });

  it.each<[string, RequestListener, object]>([
    ['a key is needed', json({}, 401), { kind: 'keyNeeded', status: 401 }],
    ['a key is refused', json({}, 403), { kind: 'keyNeeded', status: 403 }],
    ['nothing is there', json({}, 404), { kind: 'badStatus', status: 404 }],
    ['another shape', json({ models: [] }), { kind: 'badResponse', why: 'no list of models' }],
    ['null', json(null), { kind: 'badResponse', why: 'no list of models' }],
    [
      'a web page',
      (_, response) => response.end('<html>secret</html>'),
      { kind: 'badResponse', why: 'no list of models' },
    ],
    [
      'too much',
      (_, response) => response.end(`[${'0,'.repeat(1024 * 1024)}0]`),
      { kind: 'badResponse', why: 'more than 1 MiB' },
    ],
    ['a cut connection', (request) => request.socket.destroy(), { kind: 'unreachable', code: 'UND_ERR_SOCKET' }],
  ])('knows %s', async (_, listener, result) => {
    expect(await probe({ type: 'openai', url: await serve(listener) })).toEqual(result);
  });

  it.each<[string, RequestListener]>([
    ['no answer', () => undefined],
    ['an answer that does not end', (_, response) => response.writeHead(200).write('{')],
  ])('gives up in time on %s', async (_, listener) => {
    expect(await probe({ type: 'openai', url: await serve(listener) }, 50)).toEqual({
      kind: 'timedOut',
      seconds: 0.05,
    });
  });

  it('follows no redirect, and holds no key', async () => {
    const reached: string[] = [];
    const inner = await serve((request, response) => {
      reached.push(request.url ?? '');
      response.end();
    });
    let authorization: string | undefined = 'none seen';
    const outer = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.writeHead(302, { location: inner }).end();
    });
    expect(await probe({ type: 'openai', url: outer })).toEqual({ kind: 'badStatus', status: 302 });
    expect(reached).toEqual([]);
    expect(authorization).toBeUndefined();
  });

  it.each([
    ['a port where nothing listens', 'http://127.0.0.1:1/v1/models', 'ECONNREFUSED'],
    [
      'a host without an address',
      'http://no-such-host.invalid/v1/models',
      expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    ],
    ['no URL at all', '://', 'ERR_INVALID_URL'],
  ])('names the cause at %s', async (_, url, code) => {
    expect(await probe({ type: 'openai', url })).toEqual({ kind: 'unreachable', code });
  });
});
