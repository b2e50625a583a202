import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { testJob } from '../testing/job.ts';
import { UnreadableAnswerError } from './answer-json.ts';
import { askOllama } from './ollama.ts';
import { askOpenAI } from './openai.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server in place of the meter, which gives one answer and keeps what it was sent. */
async function meter(
  type: string,
  answer: string,
): Promise<{ meterURL: string; sent: { path: string; body: unknown }[] }> {
  const sent: { path: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    sent.push({ path: request.url ?? '', body: JSON.parse(body) });
    response.setHeader('content-type', type).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { meterURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent };
}

const options = { systemPrompt: 'Be brief.', temperature: 0, topP: 0.9, maxTokens: 5, stop: ['END'] };
const signal = new AbortController().signal;
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Which city?' },
];

describe('askOpenAI', () => {
  it.each([
    ['https://models.example/v1', 'max_tokens'],
    ['https://api.openai.com/v1', 'max_completion_tokens'],
    ['https://x.openai.azure.com/openai/v1', 'max_completion_tokens'],
    ['https://api.openai.com.example/v1', 'max_tokens'],
  ])('sends every option, to %s the limit as %s', async (url, limit) => {
    const { meterURL, sent } = await meter('application/json', '{"choices":[{"message":{"content":"Paris"}}]}');
    const agent = { openai: { stream: true }, options: { ...options, stream: false } };
    const job = testJob({ seed: 7, model: { name: 'm' }, backend: { url }, agent });
    expect(await askOpenAI(job, { prompt: 'Which city?', meterURL, signal })).toBe('Paris');
    const body = {
      model: 'm',
      messages,
      stream: false,
      temperature: 0,
      top_p: 0.9,
      [limit]: 5,
      stop: ['END'],
      seed: 7,
    };
    expect(sent).toEqual([{ path: '/v1/chat/completions', body }]);
  });

  it('puts the context before the prompt', async () => {
    const { meterURL, sent } = await meter('application/json', '{"choices":[{"message":{"content":"Paris"}}]}');
    await askOpenAI(testJob(), { prompt: 'Which city?', context: 'A map.', meterURL, signal });
    expect(sent[0]?.body).toMatchObject({ messages: [{ role: 'user', content: 'A map.\n\nWhich city?' }] });
  });

  it('sends nothing that was not asked for, and joins a stream', async () => {
    const events = [
      '{"choices":[{"delta":{"content":"Pa"}}]}',
      '{"choices":[{"delta":{"content":"ris"}}]}',
      '{"choices":[],"usage":{}}',
      '[DONE]',
    ];
    const { meterURL, sent } = await meter('text/event-stream', events.map((event) => `data: ${event}\n\n`).join(''));
    expect(await askOpenAI(testJob({ model: { name: 'm' } }), { prompt: 'Which city?', meterURL, signal })).toBe(
      'Paris',
    );
    expect(sent[0]?.body).toEqual({
      model: 'm',
      messages: messages.slice(1),
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});

describe('askOllama', () => {
  it('sends every option', async () => {
    const { meterURL, sent } = await meter('application/json', '{"message":{"content":"Paris"},"done":true}');
    const agent = { openai: { stream: true }, options: { ...options, stream: false } };
    const job = testJob({ seed: 7, model: { name: 'm', contextWindow: 8192 }, agent });
    expect(await askOllama(job, { prompt: 'Which city?', meterURL, signal })).toBe('Paris');
    const body = {
      model: 'm',
      messages,
      stream: false,
      options: { temperature: 0, top_p: 0.9, num_predict: 5, num_ctx: 8192, stop: ['END'], seed: 7 },
    };
    expect(sent).toEqual([{ path: '/api/chat', body }]);
  });

  it('joins a stream, also without a line end at its end', async () => {
    const lines = '{"message":{"content":"Pa"},"done":false}\n\n{"message":{"content":"ris"},"done":true}';
    const { meterURL, sent } = await meter('application/x-ndjson', lines);
    expect(await askOllama(testJob({ model: { name: 'm' } }), { prompt: 'Which city?', meterURL, signal })).toBe(
      'Paris',
    );
    expect(sent[0]?.body).toEqual({ model: 'm', messages: messages.slice(1), stream: true, options: {} });
  });
});

describe('an answer that cannot be read', () => {
  const job = testJob({ agent: { openai: { stream: true } } });

  it.each([
    ['text/event-stream', 'data: {"choices":[\n\n'],
    ['application/json', '<html></html>'],
    ['application/json', JSON.stringify('x'.repeat(9 * 1024 * 1024))],
    [
      'text/event-stream',
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(5 * 1024 * 1024) } }] })}\n\n`,
    ],
  ])('is said to be so: %s', async (type, answer) => {
    const { meterURL } = await meter(type, answer);
    await expect(askOpenAI(job, { prompt: 'Which city?', meterURL, signal })).rejects.toThrow(UnreadableAnswerError);
  });

  it.each(['data: [DONE]', ''])('is not one that lacks the blank line at its end (%j)', async (end) => {
    const { meterURL } = await meter(
      'text/event-stream',
      `data: {"choices":[{"delta":{"content":"Paris"}}]}\n\n${end}`,
    );
    expect(await askOpenAI(job, { prompt: 'Which city?', meterURL, signal })).toBe('Paris');
  });
});
