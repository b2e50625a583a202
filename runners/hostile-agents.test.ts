import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Report } from '../crds/report.ts';
import {
  type AgentScript,
  type AgentServer,
  type Handler,
  sendJSON,
  startAgentServer,
} from './testing/agent-server.ts';
import { type AskAgent, askAgent } from './testing/ask-agent.ts';

// Thousands of files or chunks take their time on machines that are busy.
vi.setConfig({ testTimeout: 60_000 });

const MEBI = 1024 * 1024;
const SHORT = { job: { activeDeadlineSeconds: 1 } };

let closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.map((close) => close()));
  closers = [];
});

async function serve(script: AgentScript): Promise<AgentServer> {
  const server = await startAgentServer(script);
  closers.push(() => server.close().catch(() => undefined));
  return server;
}

async function run(script: AgentScript, way?: AskAgent): Promise<Report> {
  return (await askAgent((await serve(script)).url, way)).report;
}

/** A server that does with each connection as it likes. */
async function serveSocket(serveOne: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serveOne(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Writes as fast as it is read, until the connection ends. */
async function flood(response: ServerResponse, chunk: string): Promise<void> {
  while (!response.destroyed)
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

const raw = (text: string) => (response: ServerResponse) => response.writeHead(200).end(text);
const redirect = (response: ServerResponse) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();

/** Longer than any server here takes to be asked, and shorter than people wait. */
const IMPATIENT = { job: { agent: { name: 'a', options: {}, container: { startTimeoutSeconds: 1 } } } };

describe('an agent that does not become ready', () => {
  it.each<[string, (response: ServerResponse) => unknown, string]>([
    [
      'says that it is not ready',
      (response) => sendJSON(response, { error: { message: 'loading' } }, 503),
      'its answer is status 503: loading',
    ],
    ['does not speak JSON', raw('<html>'), 'its answer is not JSON'],
    ['lacks a bootId', (response) => sendJSON(response, { protocol: 1 }), 'its answer has no `bootId`'],
    ['redirects', redirect, 'its answer is a redirect (302), which is not followed'],
    ['takes for ever', () => undefined, 'it took the connection and did not answer'],
    [
      'has large headers',
      (response) => response.writeHead(200, { x: 'y'.repeat(65_536) }).end('{}'),
      'its answer has headers of more than 16 KiB',
    ],
  ])('%s', async (_, info, message) => {
    const report = await run({ on: { info } }, IMPATIENT);
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentNotReady', retryable: false });
    expect(report.message).toContain(message);
    expect(report.timings).toEqual({});
  });

  it('answers without end', async () => {
    expect(await run({ on: { info: (response) => flood(response, 'x'.repeat(65_536)) } })).toMatchObject({
      outcome: 'AgentError',
      reason: 'AgentOutputTooLarge',
    });
  });

  it('refuses connections', async () => {
    const server = await serve({});
    await server.close();
    const { report } = await askAgent(server.url, IMPATIENT);
    expect(report.message).toBe(
      'The agent could not be asked within 1 s (spec.container.startTimeoutSeconds of RuneAgent "a"): the connection was refused. Its log: kubectl -n demo logs capital-1 -c agent.',
    );
  });

  it('speaks no HTTP', async () => {
    const url = await serveSocket((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    const { report } = await askAgent(url, IMPATIENT);
    expect(report.message).toContain('its answer is not HTTP');
  });

  it('speaks another version of the protocol, which is told at once', async () => {
    const info = (response: ServerResponse) => sendJSON(response, { protocol: 2, bootId: 'x' });
    expect(await run({ on: { info } })).toMatchObject({
      outcome: 'AgentError',
      reason: 'AgentProtocol',
      message: expect.stringContaining('its `protocol` is 2, and the runner speaks version 1'),
    });
  });

  it('is not waited for when the runner is told to stop', async () => {
    const terminate = new AbortController();
    const info = () => terminate.abort();
    expect(await run({ on: { info } }, { terminate: terminate.signal })).toMatchObject({
      reason: 'Terminated',
      retryable: true,
    });
  });
});

describe('an agent that breaks the protocol', () => {
  const result = (fields: object): AgentScript => ({ outcome: { status: 'ok', result: fields } });
  const events = (lines: string): AgentScript => ({ on: { events: raw(lines) } });

  it.each<[string, AgentScript, string]>([
    [
      'refuses the question',
      { on: { ask: (response) => sendJSON(response, { error: { kind: 'busy', message: 'at work' } }, 409) } },
      'the answer to the question is status 409: at work',
    ],
    ['redirects the question', { on: { ask: redirect } }, 'a redirect (302), which is not followed'],
    ['names no job', { on: { ask: (response) => sendJSON(response, {}, 202) } }, '`job_id` is missing, not a string'],
    [
      'names a path as job',
      { on: { ask: (response) => sendJSON(response, { job_id: '../../x' }, 202) } },
      'has the `job_id` "../../x"',
    ],
    [
      'breaks off the question',
      { on: { ask: (response) => response.destroy() } },
      'its server did not take the question',
    ],
    ['has events that are HTML', events('<html></html>\n'), 'is not JSON'],
    ['has events without numbers', events('{"event":"log","message":"x"}\n'), '`seq` is missing'],
    ['has an event that is wrong', events('{"seq":1,"event":"log"}\n'), '`message` is missing'],
    [
      'has an event of more than 1 MiB',
      events(`{"seq":1,"event":"log","message":"${'x'.repeat(2 * MEBI)}"}\n`),
      'a line has more than 1048576 bytes',
    ],
    [
      'has no events',
      { on: { events: (response) => response.writeHead(404).end() } },
      'asked for events of the job that it took, is status 404',
    ],
    [
      'forgets the job',
      { on: { state: (response) => response.writeHead(404).end() } },
      'asked for the state of the job that it took, is status 404',
    ],
    ['has an unknown state', { outcome: { state: 'paused' } }, 'has the state "paused"'],
    ['has neither result nor error', { outcome: {} }, 'has the status missing'],
    ['gives no answer', result({}), '`answer` is missing'],
    ['gives an answer that is no text', result({ answer: 5 }), '`answer` is 5, not a string'],
    ['gives findings that are no objects', result({ answer: 'x', findings: [5] }), '`findings[0]` is 5, not an object'],
    ['gives too many findings', result({ answer: 'x', findings: Array(1001).fill({}) }), '1001 entries'],
    ['gives long findings', result({ answer: 'x', findings: [{ x: 'x'.repeat(MEBI / 2) }] }), 'more than 262144'],
    ['nests without end', { on: { state: raw(`${'['.repeat(MEBI)}`) } }, 'is not JSON'],
  ])('%s', async (_, script, message) => {
    const report = await run(script);
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentProtocol', retryable: false });
    expect(report.message).toContain(message);
  });
});

describe('an agent whose answer is too much', () => {
  it('is not read to the end', async () => {
    const outcome = { status: 'ok', result: { answer: 'x'.repeat(2 * MEBI) } };
    expect(await run({ outcome })).toMatchObject({ outcome: 'AgentError', reason: 'AgentOutputTooLarge' });
    expect(await run({ on: { state: (response) => flood(response, 'x'.repeat(65_536)) } })).toMatchObject({
      reason: 'AgentOutputTooLarge',
    });
  });

  it('has 10,000 events told, and the rest counted', async () => {
    const events = Array.from({ length: 10_002 }, () => ({ event: 'tool', name: 'look' }));
    const { report, lines } = await askAgent((await serve({ events })).url);
    expect(report).toMatchObject({ outcome: 'Passed', usage: { toolCalls: 10_000 } });
    expect(lines.filter(({ from }) => from === 'agent')).toHaveLength(10_000);
    expect(lines).toContainEqual(expect.objectContaining({ message: expect.stringContaining('2 are left out') }));
  });

  it('cannot crowd out what the runner tells', async () => {
    const events = Array.from({ length: 2_000 }, () => ({ event: 'log', message: 'x'.repeat(8_000) }));
    const { report, lines } = await askAgent((await serve({ events })).url);
    expect(report.events.dropped).toBeGreaterThan(1_000);
    expect(lines.map(({ type }) => type)).toContain('score');
  });

  it('takes no more memory the longer it is', async () => {
    let seq = 0;
    let used = 0;
    const event = (): string => `${JSON.stringify({ seq: ++seq, event: 'log', message: 'x'.repeat(60_000) })}\n`;
    const endless = async (response: ServerResponse): Promise<void> => {
      while (!response.destroyed) {
        used = Math.max(used, process.memoryUsage().heapUsed);
        if (!response.write(event())) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
    };
    const before = process.memoryUsage().heapUsed;
    const report = await run({ on: { events: endless } });
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentOutputTooLarge' });
    expect(used - before).toBeLessThan(128 * MEBI);
  });
});

describe('an agent that is slow', () => {
  it.each<[string, AgentScript]>([
    ['never answers the question', { on: { ask: () => undefined } }],
    ['never ends its events', { on: { events: (response) => response.writeHead(200).flushHeaders() } }],
    ['is never done', { outcome: { state: 'running' } }],
    ['drips its answer', { on: { state: (response) => response.writeHead(200).write('{') } }],
  ])('%s', async (_, script) => {
    expect(await run(script, SHORT)).toMatchObject({
      outcome: 'AgentTimeout',
      reason: 'DeadlineExceeded',
      message: 'The agent had not answered after 1 s (activeDeadlineSeconds).',
    });
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['hears that', (response) => sendJSON(response, {}, 202)],
    ['does not answer that, either', () => undefined],
  ])('is told to end, and %s', async (_, cancel) => {
    const server = await serve({ on: { events: (response) => response.writeHead(200).flushHeaders(), cancel } });
    expect((await askAgent(server.url, SHORT)).report.outcome).toBe('AgentTimeout');
    expect(server.requests).toContain('DELETE /v1/jobs/1');
  });

  it('is told to end when the runner is', async () => {
    const terminate = new AbortController();
    const events = (response: ServerResponse): void => {
      response.writeHead(200).flushHeaders();
      terminate.abort();
    };
    const server = await serve({ on: { events } });
    const { report } = await askAgent(server.url, { terminate: terminate.signal });
    expect(report).toMatchObject({ outcome: 'InfraError', reason: 'Terminated', retryable: true });
    expect(server.requests).toContain('DELETE /v1/jobs/1');
  });

  it('has no say in how long a runner takes that is told to stop', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
    mkdirSync(join(artifacts, '1'));
    writeFileSync(join(artifacts, '1', 'last-of-all-that-is-not-scoring'), '');
    const terminate = new AbortController();
    const slow = { jsonPath: { path: '$..[?count($..*) > 1000000]' } };
    const server = await serve({
      outcome: { status: 'ok', result: { answer: JSON.stringify(Array(50_000).fill(1)) } },
    });
    const { report } = await askAgent(server.url, {
      artifacts,
      question: { prompt: 'p', expect: Array(16).fill(slow) },
      terminate: terminate.signal,
      onLine: (line) => line.includes('"artifact"') && terminate.abort(),
    });
    rmSync(artifacts, { recursive: true });
    expect(report).toMatchObject({
      outcome: 'InfraError',
      reason: 'Terminated',
      message: 'The runner was told to stop before the answer was scored.',
      retryable: true,
    });
    expect(report.answer).toBeUndefined();
  });
});

describe('a connection that breaks', () => {
  it('is made anew, and no event is told twice', async () => {
    let cuts = 0;
    const line = (seq: number): string => `${JSON.stringify({ seq, event: 'log', message: `${seq}` })}\n`;
    const events: Handler = (response, request) => {
      const after = Number(new URL(request.url ?? '', 'http://agent').searchParams.get('after'));
      response.writeHead(200);
      // One that came before, two more, and half of another.
      const lines = `${after > 0 ? line(after) : ''}${line(after + 1)}${line(after + 2)}${line(after + 3).slice(0, 9)}`;
      if (cuts++ < 3) response.write(lines, () => response.destroy());
      else response.end('{"seq":7,"event":"end"}\n');
    };
    const { report, lines } = await askAgent((await serve({ on: { events } })).url);
    expect(report.outcome).toBe('Passed');
    const told = lines.filter(({ from }) => from === 'agent').map(({ message }) => message);
    expect(told).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('means a restart where another server is back', async () => {
    const server = await serve({ work: () => undefined, on: { events: () => void restart() } });
    const restart = async (): Promise<void> => {
      await server.close();
      await server.reopen('boot-2');
    };
    const { report } = await askAgent(server.url);
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentRestarted', retryable: false });
    expect(report.message).toBe(
      'The agent\'s container ended while it worked: its server was started anew. Its log: kubectl -n demo logs capital-1 -c agent --previous. If memory ran out: Raise spec.container.resources.limits.memory of RuneAgent "direct" (it is 1Gi now).',
    );
  });

  it('means a restart where the job is forgotten by another server', async () => {
    let infos = 0;
    const info = (response: ServerResponse) => sendJSON(response, { protocol: 1, bootId: `boot-${++infos}` });
    const state = (response: ServerResponse) => response.writeHead(404).end();
    expect(await run({ on: { info, state } })).toMatchObject({ reason: 'AgentRestarted' });
  });

  it('means a restart where none is back', async () => {
    const server = await serve({ on: { events: () => void server.close() } });
    const { report } = await askAgent(server.url);
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentRestarted' });
    expect(report.message).toContain('its server is gone: the connection was refused');
  });
});
