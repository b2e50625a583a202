import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour, TokenCounts } from './behaviour.ts';
import { recordCounts, type ServedRequest } from './stats.ts';
import type { Frame, Wire } from './wire.ts';

/** An answer as it goes over the wire. */
export interface Delivery {
  wire: Wire;
  /** Undefined for an answer that is sent whole. */
  frames: readonly Frame[] | undefined;
  body: string;
  counts: TokenCounts;
  tellsUsage: boolean;
}

/** Sends an answer, or the fault in its place, and records what was really sent. Ends quietly when the client leaves. */
export async function deliver(
  response: ServerResponse,
  record: ServedRequest,
  behaviour: Behaviour,
  delivery: Delivery,
): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    if (behaviour.delayMs > 0) await sleep(behaviour.delayMs, undefined, { signal: left.signal });
    await (sendFaultInstead(response, record, behaviour, delivery.wire) ??
      (delivery.frames
        ? sendStream(response, record, behaviour, delivery, left.signal)
        : sendWhole(response, record, behaviour, delivery)));
  } catch (error) {
    if (!left.signal.aborted) throw error;
  }
}

/** Refuses a request with the status and body that the wire has for it. */
export function refuse(
  response: ServerResponse,
  record: ServedRequest,
  wire: Wire,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  sendBody(response, record, status, wire.error(status, errorCodes[status] ?? null, message), headers);
}

/** 404 for a path that the server does not have, which is not a model that it does not have. */
export function refusePath(response: ServerResponse, record: ServedRequest, wire: Wire): void {
  const message = `there is no ${record.method} ${record.path}`;
  sendBody(response, record, 404, wire.error(404, 'unknown_url', message), {});
}

const errorCodes: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'overloaded',
};

/** Handles the faults that leave no answer at all; undefined when there is none. */
function sendFaultInstead(
  response: ServerResponse,
  record: ServedRequest,
  behaviour: Behaviour,
  wire: Wire,
): Promise<void> | undefined {
  const { fault } = behaviour;
  switch (fault?.kind) {
    case 'status':
      refuse(response, record, wire, fault.status, `scripted error ${fault.status}`, retryAfter(behaviour));
      return Promise.resolve();
    case 'too-long': {
      const message = "This model's maximum context length is 8192 tokens. Please reduce the length of the messages.";
      sendBody(response, record, 400, wire.error(400, 'context_length_exceeded', message), {});
      return Promise.resolve();
    }
    case 'redirect':
      sendBody(response, record, 302, '', { location: '/redirected' });
      return Promise.resolve();
    case 'wrong-type':
      sendBody(response, record, 200, '<html><body>Sign in to continue</body></html>', { 'content-type': 'text/html' });
      return Promise.resolve();
    case 'reset':
      record.ending = 'cut';
      response.socket?.resetAndDestroy();
      return Promise.resolve();
    case 'hang':
      return once(response, 'close').then(() => undefined);
    default:
      return undefined;
  }
}

async function sendStream(
  response: ServerResponse,
  record: ServedRequest,
  { fault, frameDelayMs }: Behaviour,
  { wire, frames = [], counts, tellsUsage }: Delivery,
  signal: AbortSignal,
): Promise<void> {
  record.status = 200;
  recordCounts(record, { ...counts, output: 0, reasoning: 0 });
  response.writeHead(200, { 'content-type': wire.streamType, 'cache-control': 'no-cache' });
  response.flushHeaders();
  const breaksAfter = fault && 'afterFrames' in fault ? fault.afterFrames : fault?.kind === 'malformed' ? 1 : undefined;
  for (const [index, frame] of frames.entries()) {
    if (index === breaksAfter) return breakStream(response, record, fault?.kind, wire);
    if (index > 0 && frameDelayMs > 0) await sleep(frameDelayMs, undefined, { signal });
    record.outputTokens += frame.tokens;
    if (!response.write(frame.data)) await once(response, 'drain', { signal });
  }
  recordCounts(record, counts);
  record.usageReported = tellsUsage;
  finish(response, record);
}

async function breakStream(
  response: ServerResponse,
  record: ServedRequest,
  kind: string | undefined,
  wire: Wire,
): Promise<void> {
  if (kind === 'stall') await once(response, 'close');
  else if (kind === 'cut') cut(response, record, '');
  else finish(response, record, kind === 'malformed' ? wire.malformedFrame : wire.errorFrame('scripted error'));
}

async function sendWhole(
  response: ServerResponse,
  record: ServedRequest,
  { fault }: Behaviour,
  { wire, body, counts, tellsUsage }: Delivery,
): Promise<void> {
  const half = body.slice(0, Math.ceil(body.length / 2));
  switch (fault?.kind) {
    case 'malformed':
      return sendBody(response, record, 200, half, {});
    case 'error-frame':
      return sendBody(response, record, 200, wire.error(500, 'server_error', 'scripted error'), {});
    case 'cut':
    case 'stall':
      record.status = 200;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      if (fault.kind === 'cut') return cut(response, record, half);
      response.write(half);
      await once(response, 'close');
      return;
    default:
      recordCounts(record, counts);
      record.usageReported = tellsUsage;
      sendBody(response, record, 200, body, {});
  }
}

/** Breaks the connection once what was written has left this process. */
function cut(response: ServerResponse, record: ServedRequest, last: string): void {
  record.ending = 'cut';
  const { socket } = response;
  if (last !== '') response.write(last);
  socket?.write('', () => socket.destroy());
}

function sendBody(
  response: ServerResponse,
  record: ServedRequest,
  status: number,
  body: string,
  headers: Record<string, string>,
): void {
  record.status = status;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  finish(response, record, body);
}

function finish(response: ServerResponse, record: ServedRequest, last = ''): void {
  record.ending = 'complete';
  response.end(last);
}

function retryAfter({ fault, retryAfter: value }: Behaviour): Record<string, string> {
  const asked = value ?? (fault?.kind === 'status' && fault.status === 429 ? '1' : 'none');
  if (asked === 'none') return {};
  const [, seconds] = /^date:(\d+)$/.exec(asked) ?? [];
  return { 'retry-after': seconds ? new Date(Date.now() + Number(seconds) * 1000).toUTCString() : asked };
}
