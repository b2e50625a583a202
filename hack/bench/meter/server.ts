/**
 * A model server for load, as a process: streams of OpenAI's wire format. The prompt says how much: `paced:2000`
 * sends 2,000 tokens, 200 a second, each stamped with the time at which it is sent; `flood:100` sends 100 MB at once.
 */
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { BENCH_MODEL } from './model.ts';
import { now } from './stamp.ts';

const PERIOD_MILLISECONDS = 5;
const BLOCK_BYTES = 64 * 1024;
const DONE = 'data: [DONE]\n\n';

const server = http.createServer(async (request, response) => {
  const { messages } = (await json(request)) as { messages: [{ content: string }] };
  const [kind, amount] = messages[0].content.split(':');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  // Each write is a packet of its own, as from a server that sends a token when it has one.
  response.socket?.setNoDelay(true);
  if (kind === 'paced') pace(response, Number(amount));
  else await flood(response, Number(amount) * 1e6);
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

/** By the clock, so that a timer that is late once delays no later token. */
function pace(response: ServerResponse, tokens: number): void {
  const begun = performance.now();
  let sent = 0;
  const next = (): void => {
    for (; sent < tokens && performance.now() >= begun + sent * PERIOD_MILLISECONDS; sent++)
      response.write(token(`${now()}`));
    if (sent < tokens) setTimeout(next, Math.max(0, begun + sent * PERIOD_MILLISECONDS - performance.now()));
    else response.end(usage(tokens) + DONE);
  };
  next();
}

async function flood(response: ServerResponse, bytes: number): Promise<void> {
  const event = token(' Paris is the capital of France');
  const events = Math.ceil(BLOCK_BYTES / event.length);
  const block = Buffer.from(event.repeat(events));
  let tokens = 0;
  for (let sent = 0; sent < bytes; sent += block.length) {
    tokens += events;
    if (!response.write(block)) await new Promise<void>((resolve) => response.once('drain', resolve));
  }
  response.end(usage(tokens) + DONE);
}

function token(content: string): string {
  return frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
}

function usage(tokens: number): string {
  const counted = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 };
  return frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + frame({ choices: [], usage: counted });
}

function frame(fields: object): string {
  const head = {
    id: 'chatcmpl-0123456789',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: BENCH_MODEL,
  };
  return `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
}
