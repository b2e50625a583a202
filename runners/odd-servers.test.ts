import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { parseQuestion } from './question.ts';
import { runJob } from './run.ts';
import { eventLog } from './sink/events.ts';
import { testJob } from './testing/job.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Answer = (response: ServerResponse) => void;
type Way = { type?: 'openai' | 'ollama'; stream?: boolean; apiKey?: string; job?: Partial<JobFile> };

/** Asks a server that answers as told, and gives the report and the event lines. */
async function run(answer: Answer, { type = 'openai', stream = true, apiKey, job }: Way = {}) {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${type === 'openai' ? '/v1' : ''}`;
  const base = testJob({ agent: { openai: { stream } }, ...job });
  const lines: string[] = [];
  const report = await runJob({
    job: { ...base, backend: { ...base.backend, type, url, requestTimeoutSeconds: 1, ...job?.backend } },
    question: parseQuestion('{"prompt":"Which city?"}'),
    apiKey,
    agentURL: 'http://127.0.0.1:9',
    artifacts: '/nowhere',
    clock: () => performance.now(),
    start: { monotonic: performance.now(), time: new Date() },
    events: eventLog({ write: (line, written) => lines.push(line) && written(), drain: () => {} }, () => new Date()),
    terminate: new AbortController().signal,
    runnerVersion: '1.2.3',
  });
  return { report, lines };
}

const send =
  (contentType: string | undefined, body: string, status = 200): Answer =>
  (response) =>
    response.writeHead(status, contentType === undefined ? {} : { 'content-type': contentType }).end(body);
const leaveOpen =
  (contentType: string, body: string): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': contentType }).write(body);
/** Sends the piece until the connection is closed. */
const endless =
  (contentType: string, beginning: string, piece: string): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': contentType }).write(beginning);
    const more = (): void => {
      while (!response.destroyed) if (!response.write(piece)) return void response.once('drain', more);
    };
    more();
  };

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const delta = (content: string, finish: string | null = null) =>
  event({ model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
const USAGE = event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });
const DONE = 'data: [DONE]\n\n';
const SSE = 'text/event-stream';
const JSON_TYPE = 'application/json';
const STREAM = `${delta('Paris')}${delta('', 'stop')}${USAGE}${DONE}`;
const whole = (more: object = {}, message: object = { content: 'Paris' }) =>
  JSON.stringify({
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3 },
    ...more,
  });
const OLLAMA_DONE = '{"message":{"content":"is"},"done":true,"prompt_eval_count":7,"eval_count":3}\n';
const OLLAMA_LINES = `{"message":{"content":"Par"},"done":false}\n${OLLAMA_DONE}`;
const counted = { inputTokens: 7, outputTokens: 3, modelCalls: 1, estimated: false };

describe('an answer is read', () => {
  it.each<[string, Answer, Way]>([
    ['a stream without a content type', send(undefined, STREAM), {}],
    ['a stream called text', send('text/plain', STREAM), {}],
    ['a stream called JSON', send(JSON_TYPE, STREAM), {}],
    ['a stream with its type in capitals', send('Text/Event-Stream; charset=UTF-8', STREAM), {}],
    ['a stream with a byte order mark', send(SSE, `\ufeff${STREAM}`), {}],
    ['a stream that begins with a comment', send(undefined, `: loading\n\n${STREAM}`), {}],
    ['a stream without a blank line at its end', send(SSE, `${delta('Par')}${USAGE}${delta('is', 'stop').trim()}`), {}],
    ['a stream that stays open after its end', leaveOpen(SSE, STREAM), { job: { activeDeadlineSeconds: 5 } }],
    ['a stream that stays open without a sign of its end', leaveOpen(SSE, STREAM.replace(DONE, '')), {}],
    [
      'a stream of several choices',
      send(SSE, `${event({ choices: [{ index: 1, delta: { content: 'Rome' } }] })}${STREAM}`),
      {},
    ],
    ['one piece in place of a stream', send(JSON_TYPE, whole()), {}],
    ['a stream in place of one piece', send(SSE, STREAM), { stream: false }],
    ['another status of success', send(JSON_TYPE, whole(), 201), { stream: false }],
    ['one piece with a byte order mark', send(JSON_TYPE, `\ufeff${whole()}`), { stream: false }],
    ['one piece called text', send('text/plain', whole()), { stream: false }],
    ['one piece on a connection that stays open', leaveOpen(JSON_TYPE, whole()), { stream: false }],
    [
      'content in parts',
      send(
        JSON_TYPE,
        whole(
          {},
          {
            content: [
              { type: 'text', text: 'Par' },
              { type: 'text', text: 'is' },
            ],
          },
        ),
      ),
      { stream: false },
    ],
    ['a refusal', send(JSON_TYPE, whole({}, { content: null, refusal: 'Paris' })), { stream: false }],
    [
      'an empty Content-Encoding',
      (response) => response.writeHead(200, { 'content-type': JSON_TYPE, 'content-encoding': '' }).end(whole()),
      { stream: false },
    ],
    ['lines in place of one piece', send('application/x-ndjson', OLLAMA_LINES), { type: 'ollama', stream: false }],
    ['lines called JSON', send(JSON_TYPE, OLLAMA_LINES), { type: 'ollama' }],
    ['lines that stay open after their end', leaveOpen('application/x-ndjson', OLLAMA_LINES), { type: 'ollama' }],
  ])('%s', async (_, answer, way) => {
    const { report } = await run(answer, way);
    expect(report).toMatchObject({ outcome: 'Answered', answer: { excerpt: 'Paris' }, usage: counted });
  });

  it('and has a first token only where it was streamed', async () => {
    expect((await run(send(JSON_TYPE, whole()))).report.timings.firstTokenMilliseconds).toBeUndefined();
    expect((await run(send(SSE, STREAM))).report.timings.firstTokenMilliseconds).toBeGreaterThanOrEqual(0);
  });
});

describe('an answer that is none', () => {
  const TEXT = 'x'.repeat(64 * 1024);
  const tools = (from: number) =>
    event({
      choices: [
        {
          index: 0,
          delta: {
            tool_calls: Array.from({ length: 500 }, (_, at) => ({ index: from + at, function: { name: 'f' } })),
          },
        },
      ],
    });

  it.each<[string, Answer, Way, Partial<Report>]>([
    [
      'a stream of text without end',
      endless(SSE, '', delta(TEXT)),
      {},
      { reason: 'BadResponse', message: expect.stringContaining('its answer is longer than 4 Mi characters') },
    ],
    [
      'an event without end',
      endless(SSE, 'data: ', TEXT),
      {},
      { reason: 'BadResponse', message: expect.stringContaining('8 MiB in one event') },
    ],
    [
      'one piece without end',
      endless(JSON_TYPE, '{"x":"', TEXT),
      { stream: false },
      { reason: 'BadResponse', message: expect.stringContaining('its answer is longer than 8 MiB') },
    ],
    [
      'lines without end',
      endless('application/x-ndjson', '', `${JSON.stringify({ message: { content: TEXT }, done: false })}\n`),
      { type: 'ollama' },
      { reason: 'BadResponse' },
    ],
    [
      'a flood of tools',
      send(SSE, `${tools(0)}${tools(500)}${tools(1000)}${DONE}`),
      {},
      { reason: 'BadResponse', message: expect.stringContaining('1024 calls of tools') },
    ],
    ['no choices', send(JSON_TYPE, whole({ choices: [] })), { stream: false }, { reason: 'BadResponse' }],
    ['no choices in a stream', send(SSE, `${event({ choices: [] })}${DONE}`), {}, { reason: 'BadResponse' }],
    [
      'a limit of rate within a stream',
      send(SSE, event({ error: { code: 429, message: 'slow down' } })),
      {},
      { outcome: 'Throttled', reason: 'RateLimited' },
    ],
    [
      'an error within a stream that stays open',
      leaveOpen(SSE, event({ error: { message: 'oops' } })),
      {},
      { reason: 'ServerError' },
    ],
    ['a stream that stays open amid the answer', leaveOpen(SSE, delta('Par')), {}, { reason: 'TimedOut' }],
    [
      'one piece that stays open amid the answer',
      leaveOpen(JSON_TYPE, whole().slice(0, 40)),
      { stream: false },
      { reason: 'TimedOut' },
    ],
  ])('%s', async (_, answer, way, expected) => {
    const { report } = await run(answer, way);
    expect(report).toMatchObject({ outcome: 'BackendError', retryable: true, ...expected });
  });
});

describe('a backend that is silent until the deadline', () => {
  const job = { activeDeadlineSeconds: 1, backend: { ...testJob().backend, requestTimeoutSeconds: 60 } };
  const { type: _type, url: _url, ...backend } = job.backend;
  const way = { job: { ...job, backend: backend as JobFile['backend'] } };

  it.each<[string, Answer, Partial<Report>]>([
    [
      'is to blame for a stream without a byte',
      () => undefined,
      { outcome: 'BackendError', reason: 'TimedOut', retryable: true },
    ],
    [
      'is to blame for a stream of comments',
      leaveOpen(SSE, ': loading\n\n'),
      { outcome: 'BackendError', reason: 'TimedOut' },
    ],
    ['is not to blame for a slow stream', leaveOpen(SSE, delta('Par')), { outcome: 'AgentTimeout', retryable: false }],
  ])('%s', async (_, answer, expected) => {
    expect((await run(answer, way)).report).toMatchObject(expected);
  });

  it('cannot be told from a slow one where no stream was asked for', async () => {
    expect((await run(() => undefined, { ...way, stream: false })).report.outcome).toBe('AgentTimeout');
  });
});

describe('the key', () => {
  const apiKey = `sk-${'S3CR3T'.repeat(8)}`;
  const cut = `${'x'.repeat(160)} ${apiKey}`;
  const call = { index: 0, function: { name: cut, arguments: '' } };

  it.each<[string, Answer]>([
    ['an error', send(JSON_TYPE, JSON.stringify({ error: { message: cut } }), 500)],
    ['an error within a stream', send(SSE, event({ error: { message: cut } }))],
    [
      'a model and a tool',
      send(SSE, `${event({ model: cut, choices: [{ delta: { tool_calls: [call] } }] })}${STREAM}`),
    ],
    ['an answer', send(SSE, `${delta(apiKey)}${STREAM}`)],
  ])('is not shown, even in part, when it is repeated in %s', async (_, answer) => {
    const { report, lines } = await run(answer, { apiKey });
    expect(`${JSON.stringify(report)}${lines.join('')}`).not.toContain(apiKey.slice(0, 12));
  });
});
