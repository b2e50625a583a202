import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import {
  type CompletionHead,
  completion,
  contentChunk,
  endChunk,
  roleChunk,
  usageChunk,
  usageOf,
} from './chat-completion.ts';
import { type ChatRequest, parseChatRequest } from './chat-request.ts';
import type { Engine, Generation } from './engine.ts';

const maxBodyBytes = 4 * 1024 * 1024;

export interface App {
  server: Server;
  /** Until this is called, every question is answered with 503. */
  serve(engine: Engine): void;
}

/** Builds the HTTP server for one model; it does not listen. */
export function buildApp(modelName: string, log: (line: Record<string, unknown>) => void): App {
  let engine: Engine | undefined;
  const created = Math.floor(Date.now() / 1000);
  const model = { id: modelName, object: 'model', created, owned_by: 'rune' };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = URL.parse(request.url ?? '/', 'http://server')?.pathname.replaceAll('%3A', ':') ?? '';
    switch (`${request.method} ${pathname}`) {
      case 'GET /healthz':
        return sendJson(response, engine ? 200 : 503, { status: engine ? 'ready' : 'loading' });
      case 'GET /v1/models':
        return sendJson(response, 200, { object: 'list', data: [model] });
      case `GET /v1/models/${modelName}`:
        return sendJson(response, 200, model);
      case 'POST /v1/chat/completions':
        return chat(request, response);
      default:
        throw new ApiError(404, 'unknown_url', `there is no ${request.method} ${pathname}`);
    }
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.on('close', () => left.abort(new Error('the client closed the connection')));
    const asked = parseChatRequest(await readBody(request));
    if (asked.model !== modelName) throw modelNotFound(asked.model);
    if (!engine) throw new ApiError(503, 'model_loading', 'the model is still loading; try again in a second');
    const started = performance.now();
    const generation = engine.generate(asked, left.signal);
    const usage = await (asked.stream ? sendStream : sendWhole)(response, modelName, asked, generation);
    log({ event: 'answered', ...usage, milliseconds: Math.round(performance.now() - started) });
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => fail(response, error, log));
  });
  return {
    server,
    serve: (loaded) => {
      engine = loaded;
    },
  };
}

async function sendWhole(response: ServerResponse, model: string, _asked: ChatRequest, generation: Generation) {
  let content = '';
  let next = await generation.pieces.next();
  for (; !next.done; next = await generation.pieces.next()) content += next.value;
  const usage = usageOf(generation.promptTokens, next.value.completionTokens);
  sendJson(response, 200, completion(newHead(model), content, next.value, usage));
  return usage;
}

async function sendStream(response: ServerResponse, model: string, asked: ChatRequest, generation: Generation) {
  const head = newHead(model);
  const send = (chunk: unknown) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  send(roleChunk(head, asked.includeUsage));
  let next = await generation.pieces.next();
  for (; !next.done; next = await generation.pieces.next()) {
    if (next.value !== '') send(contentChunk(head, next.value, asked.includeUsage));
  }
  const usage = usageOf(generation.promptTokens, next.value.completionTokens);
  send(endChunk(head, next.value, asked.includeUsage));
  if (asked.includeUsage) send(usageChunk(head, usage));
  response.end('data: [DONE]\n\n');
  return usage;
}

function fail(response: ServerResponse, error: unknown, log: (line: Record<string, unknown>) => void): void {
  if (response.destroyed) {
    log({ event: 'client left' });
    return;
  }
  const known = error instanceof ApiError ? error : new ApiError(500, null, 'the model failed; see the server log');
  if (known !== error) log({ event: 'failed', error: String(error) });
  if (response.headersSent) response.end(`data: ${JSON.stringify(known.body())}\n\n`);
  else sendJson(response, known.status, known.body());
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBodyBytes) throw new ApiError(413, null, `the body exceeds ${maxBodyBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function modelNotFound(name: string): ApiError {
  return new ApiError(404, 'model_not_found', `The model \`${name.slice(0, 200)}\` does not exist`, 'model');
}

function newHead(model: string): CompletionHead {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}
