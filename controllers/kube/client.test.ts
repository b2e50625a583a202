import { describe, expect, it, onTestFinished } from 'vitest';
import { type Exchange, type Handler, kubeConfigFor, TestApiServer } from '../testing/api-server.ts';
import { TestClock, testParts } from '../testing/parts.ts';
import { ApiError, ConnectionError, isAlreadyExists, isConflict, isForbidden } from './errors.ts';
import { type KubeObject, PODS, RUNE_AGENTS, RUNE_JOBS } from './resource.ts';

type Choice = Parameters<typeof testParts>[1];

async function serve(handler: Handler, choice?: Choice) {
  const server = await new TestApiServer(handler).listen();
  const parts = testParts(server.kubeConfig, choice);
  onTestFinished(async () => {
    await parts.transport.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, ...parts };
}

const pod = (name: string) => ({ metadata: { name, namespace: 'n' } });

describe('connections', () => {
  it('are kept: calls one after the other do not open one each', async () => {
    const { server, client } = await serve(({ answer }) => answer(pod('a')));
    for (let i = 0; i < 50; i++) await client.get(PODS, 'a', 'n');
    expect(server.connections).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 20 }, () => client.get(PODS, 'a', 'n')));
    const opened = server.connections;
    await Promise.all(Array.from({ length: 20 }, () => client.get(PODS, 'a', 'n')));
    expect(server.requests).toHaveLength(90);
    expect(server.connections).toBe(opened);
  });

  it('are renewed each hour, and what runs on the old ones goes on', async () => {
    const clock = new TestClock();
    const { server, client, transport } = await serve(
      (exchange) => {
        if (exchange.query.get('watch')) exchange.response.writeHead(200).write('first\n');
        else exchange.answer(pod('a'));
      },
      { clock },
    );
    const body = await transport.stream('/api/v1/pods', { watch: true }, new AbortController().signal);
    const seen = body[Symbol.asyncIterator]();
    expect(String((await seen.next()).value)).toBe('first\n');
    await client.get(PODS, 'a', 'n');
    const before = server.connections;
    clock.milliseconds += 3_600_001;
    await client.get(PODS, 'a', 'n');
    expect(server.connections).toBe(before + 1);
    server.requests[0]?.response.write('second\n');
    expect(String((await seen.next()).value)).toBe('second\n');
    body.destroy();
  });

  it('follow a token that was exchanged', async () => {
    const clock = new TestClock();
    const server = await new TestApiServer(({ answer }) => answer(pod('a'))).listen();
    const kubeConfig = server.kubeConfig;
    const { client, transport } = testParts(kubeConfig, { clock });
    onTestFinished(async () => {
      await transport.close();
      await server[Symbol.asyncDispose]();
    });
    await client.get(PODS, 'a', 'n');
    Object.assign(kubeConfig.users[0] ?? {}, { token: 'next-token' });
    clock.milliseconds += 10_000;
    await client.get(PODS, 'a', 'n');
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer next-token');
  });

  it('carry the user’s token', async () => {
    const { server, client } = await serve(({ answer }) => answer(pod('a')));
    await client.get(PODS, 'a', 'n');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer test-token');
  });
});

describe('time-outs', () => {
  it('end a call that gets no answer', async () => {
    const { client } = await serve(() => undefined, { timeoutMilliseconds: 50 });
    const call = client.create(PODS, pod('a'));
    await expect(call).rejects.toThrow(/no answer in time/);
    await expect(call).rejects.toBeInstanceOf(ConnectionError);
  });

  it('end a call whose answer never ends', async () => {
    const half: Handler = ({ response }) => response.writeHead(200).write('{"metadata":');
    const { client } = await serve(half, { timeoutMilliseconds: 50 });
    await expect(client.create(PODS, pod('a'))).rejects.toBeInstanceOf(ConnectionError);
  });
});

describe('errors', () => {
  it.each<[string, number, string, (error: unknown) => boolean]>([
    ['a conflict', 409, 'Conflict', isConflict],
    ['an object that exists', 409, 'AlreadyExists', isAlreadyExists],
    ['a missing right', 403, 'Forbidden', isForbidden],
  ])('%s is known by its code and reason', async (_, code, reason, matches) => {
    const { client } = await serve(({ refuse }) => refuse(code, reason, 'what happened'));
    const error = await client.create(PODS, pod('a')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, reason, message: 'what happened' });
    expect([isConflict, isAlreadyExists, isForbidden].filter((is) => is(error))).toEqual([matches]);
  });

  it('of something between us and the API server that does not speak JSON are ApiErrors, too', async () => {
    const { client } = await serve(({ response }) => response.writeHead(502).end('<html>Bad gateway</html>'));
    await expect(client.get(PODS, 'a', 'n')).rejects.toEqual(
      new ApiError(502, 'Unknown', 'The API server answered 502.'),
    );
  });

  it('an object that is not there is undefined', async () => {
    const { client } = await serve(({ refuse }) => refuse(404, 'NotFound'));
    expect(await client.get(PODS, 'a', 'n')).toBeUndefined();
  });
});

describe('reads', () => {
  it.each<[string, (exchange: Exchange) => void]>([
    ['a reset connection', ({ reset }) => reset()],
    ['a server that is too busy', ({ refuse }) => refuse(429, 'TooManyRequests', '', { 'retry-after': '0' })],
    ['a server that is starting', ({ refuse }) => refuse(503, 'ServiceUnavailable')],
  ])('are repeated after %s', async (_, fail) => {
    const { server, client } = await serve((exchange) =>
      server.requests.length < 3 ? fail(exchange) : exchange.answer(pod('a')),
    );
    expect(await client.get(PODS, 'a', 'n')).toEqual(pod('a'));
  });

  it('are given up in the end', async () => {
    const { server, client } = await serve(({ reset }) => reset());
    await expect(client.get(PODS, 'a', 'n')).rejects.toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(3);
  });

  it('come in pages, and the items know their kind', async () => {
    const { server, client } = await serve(({ query, answer }) =>
      query.has('continue')
        ? answer({ metadata: { resourceVersion: '7' }, items: [pod('b')] })
        : answer({ metadata: { resourceVersion: '7', continue: 'next' }, items: [pod('a')] }),
    );
    const own = { apiVersion: 'v1', kind: 'Pod' };
    expect(await client.list(PODS, { namespace: 'n', labelSelector: 'a=b' })).toEqual([
      { ...pod('a'), ...own },
      { ...pod('b'), ...own },
    ]);
    expect(server.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
      '/api/v1/namespaces/n/pods?labelSelector=a%3Db&limit=500',
      '/api/v1/namespaces/n/pods?labelSelector=a%3Db&limit=500&continue=next',
    ]);
  });
});

describe('writes', () => {
  const calls: [string, (client: ReturnType<typeof testParts>['client']) => Promise<unknown>][] = [
    ['create', (client) => client.create(PODS, pod('a'))],
    ['patch', (client) => client.patch(PODS, 'a', 'n', {}, { resourceVersion: '1' })],
    ['patchStatus', (client) => client.patchStatus(RUNE_JOBS, 'a', 'n', {}, '1')],
    ['replaceStatus', (client) => client.replaceStatus(RUNE_JOBS as never, pod('a') as never)],
    ['remove', (client) => client.remove(PODS, 'a', 'n')],
    ['removeAll', (client) => client.removeAll(PODS, 'n', 'a=b')],
  ];

  it.each(calls)('%s sends nothing when writing is not allowed', async (_, write) => {
    const beforeWrite = () => {
      throw new Error('not the leader');
    };
    const { server, client } = await serve(({ answer }) => answer({}), { beforeWrite });
    await expect(write(client)).rejects.toThrow('not the leader');
    expect(server.requests).toHaveLength(0);
  });

  it.each(calls)('%s is not repeated once it may have been applied', async (_, write) => {
    const { server, client } = await serve(({ reset }) => reset());
    await expect(write(client)).rejects.toMatchObject({ name: 'ConnectionError', wasSent: true });
    expect(server.requests).toHaveLength(1);
  });

  it('are repeated when the server refused before it did anything, each time only if still allowed', async () => {
    let allowed = 2;
    const beforeWrite = () => {
      if (allowed-- === 0) throw new Error('not the leader any more');
    };
    const busy: Handler = ({ refuse }) => refuse(429, 'TooManyRequests', '', { 'retry-after': '0' });
    const { server, client } = await serve(busy, { beforeWrite });
    await expect(client.create(PODS, pod('a'))).rejects.toThrow('not the leader any more');
    expect(server.requests).toHaveLength(2);
  });

  it('are not repeated when the server asks for a long pause', async () => {
    const { server, client } = await serve(({ refuse }) => refuse(429, 'TooManyRequests', '', { 'retry-after': '60' }));
    await expect(client.create(PODS, pod('a'))).rejects.toMatchObject({ code: 429, retryAfterSeconds: 60 });
    expect(server.requests).toHaveLength(1);
  });

  it('say that they were never sent when nothing listens', async () => {
    const server = await new TestApiServer(() => undefined).listen();
    const { client } = testParts(kubeConfigFor(`http://127.0.0.1:${server.port}`));
    await server[Symbol.asyncDispose]();
    await expect(client.create(PODS, pod('a'))).rejects.toMatchObject({ name: 'ConnectionError', wasSent: false });
  });

  it('to a status are merge patches that name the resourceVersion', async () => {
    const { server, client } = await serve(({ answer }) => answer({}));
    await client.patchStatus(RUNE_AGENTS, 'a', undefined, { observedGeneration: 2 }, '41');
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/bench.rune.ai/v1alpha1/runeagents/a/status',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { resourceVersion: '41' }, status: { observedGeneration: 2 } },
    });
  });

  it('add preconditions to a patch of metadata', async () => {
    const { server, client } = await serve(({ answer }) => answer({}));
    await client.patch(PODS, 'a', 'n', { metadata: { finalizers: [] } }, { resourceVersion: '41', uid: 'u' });
    expect(server.requests[0]?.body).toEqual({ metadata: { finalizers: [], resourceVersion: '41', uid: 'u' } });
  });

  it('call a uid that does not match a conflict, and other invalid values invalid', async () => {
    const { client } = await serve(({ path, refuse }) =>
      refuse(422, 'Invalid', path.endsWith('/a') ? 'metadata.uid: Invalid value: field is immutable' : 'spec: bad'),
    );
    await expect(client.patch(PODS, 'a', 'n', {}, { uid: 'u' })).rejects.toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    await expect(client.patch(PODS, 'b', 'n', {}, { uid: 'u' })).rejects.toMatchObject({ code: 422 });
  });

  it('remove with preconditions; what is gone already is done', async () => {
    const { server, client } = await serve(({ refuse }) => refuse(404, 'NotFound'));
    await client.remove(PODS, 'a', 'n', { uid: 'u', gracePeriodSeconds: 0 });
    expect(server.requests[0]).toMatchObject({
      method: 'DELETE',
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'u' }, gracePeriodSeconds: 0 },
    });
  });

  it('name the kind in what they create', async () => {
    const { server, client } = await serve(({ answer }) => answer({}));
    await client.create<KubeObject>(PODS as never, pod('a'));
    expect(server.requests[0]).toMatchObject({
      path: '/api/v1/namespaces/n/pods',
      body: { apiVersion: 'v1', kind: 'Pod' },
    });
  });
});
