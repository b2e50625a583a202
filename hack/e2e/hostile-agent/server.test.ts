import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDirectives } from './directives.ts';
import { startHostileAgent } from './server.ts';

let server: Server;
let url: string;
let artifacts: string;

beforeAll(async () => {
  server = await startHostileAgent(0);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  artifacts = await mkdtemp(join(tmpdir(), 'hostile-agent-'));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(artifacts, { recursive: true });
});

const send = (path: string, method = 'GET', body?: string) =>
  fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body }) });
const ask = async (question: string) => {
  const body = JSON.stringify({ question, artifacts_dir: join(artifacts, '1') });
  const response = await send('/v1/actions/ask', 'POST', body);
  return { status: response.status, path: `/v1/jobs/${((await response.json()) as { job_id: string }).job_id}` };
};
/** The events, up to the end, and the state after it. */
const ended = async (question: string) => {
  const { path } = await ask(question);
  const events = (await (await send(`${path}/events?after=0`)).text()).trim().split('\n');
  return {
    events: events.map((line) => JSON.parse(line) as object),
    state: (await (await send(path)).json()) as object,
  };
};

test('directives are read in their order, and the question is what is left', () => {
  expect(readDirectives('Why? <<agent: tool ls>> <<answer: x>> <<agent:exit 1>>')).toEqual({
    directives: [
      { deed: 'tool', argument: 'ls' },
      { deed: 'exit', argument: '1' },
    ],
    rest: 'Why? <<answer: x>>',
  });
});

test('it says what it is', async () => {
  const info = await (await send('/v1/info')).json();
  expect(info).toEqual({ protocol: 1, bootId: expect.any(String), driver: 'hostile-agent 1', agentVersion: '6.6.6' });
});

describe('a question', () => {
  test('is answered as it says, after its events', async () => {
    const { events, state } = await ended('<<agent: tool ls>> <<agent: answer Paris>> <<agent: findings [1]>>');
    expect(events).toMatchObject([
      { seq: 1, event: 'tool', name: 'ls' },
      { seq: 2, event: 'end' },
    ]);
    expect(state).toMatchObject({ state: 'done', status: 'ok', result: { answer: 'Paris', findings: [1] } });
  });

  test.each([
    ['<<agent: error model>>', { kind: 'model', message: expect.any(String) }],
    ['<<agent: dance>>', { kind: 'agent', message: expect.stringContaining('"dance" is none of answer, ask') }],
  ])('%s is an error', async (question, error) => {
    expect((await ended(question)).state).toMatchObject({ status: 'error', error });
  });

  test('that is never answered keeps others away until it is cancelled', async () => {
    const { path } = await ask('<<agent: never>>');
    expect((await ask('Now?')).status).toBe(409);
    expect((await send(path, 'DELETE')).status).toBe(202);
    await (await send(`${path}/events`)).text();
    expect(await (await send(path)).json()).toMatchObject({ status: 'error', error: { kind: 'cancelled' } });
  });

  test('can make it talk rubbish', async () => {
    const { path } = await ask('<<agent: rubbish>>');
    expect(await (await send(path)).text()).toMatch(/^</);
  });

  // macOS refuses names that are no UTF-8.
  test.runIf(process.platform === 'linux')('can make it leave files of all sorts', async () => {
    await ended('<<agent: hostile-files>> <<agent: fill-sparse artifacts 1000>>');
    const folder = join(artifacts, '1');
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['good.txt', 'pipe', 'link-to-question', 'loop']));
    const { size, blocks } = await stat(join(folder, 'sparse'));
    expect([size, blocks]).toEqual([1000 * 1024 * 1024, 0]);
  });
});

test.each([
  ['POST', '/v1/actions/dance', '{}', 404],
  ['POST', '/v1/actions/ask', '[]', 400],
  ['POST', '/v1/actions/ask', 'x'.repeat(1024 * 1024 + 1), 413],
  ['GET', '/v1/jobs/none', undefined, 404],
])('%s %s is refused', async (method, path, body, status) => {
  const response = await send(path, method, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error: { kind: expect.any(String), message: expect.any(String) } });
});
