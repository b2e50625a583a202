import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type JSONObject, ProtocolError, parseObject } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import type { BackgroundInfo } from './info.ts';
import type { Question, Questions } from './questions.ts';
import { RequestError } from './request-error.ts';

/** What the routes speak of. */
export type Served = { bootId: string; info: BackgroundInfo; questions: Questions };

/** Answers the requests of the http form of the protocol. */
export function answerRequests(served: Served): RequestListener {
  return (request, response) => {
    answer(served, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, error);
    });
  };
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { questions } = served;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [version, collection, id = '', part, ...rest] = url.pathname.split('/').slice(1);
  const route = rest.length > 0 ? '' : [request.method, version, collection, part].filter(Boolean).join(' ');
  switch (route) {
    case 'GET v1 info':
      return send(response, 200, describe(served));
    case 'POST v1 actions':
      if (id !== 'ask')
        throw new RequestError(404, 'unknown_action', `there is no action ${JSON.stringify(id)}, but ask`);
      return send(response, 202, { job_id: questions.ask(await readBody(request)).id });
    case 'GET v1 jobs':
      return send(response, 200, stateOf(questions.find(id)));
    case 'GET v1 jobs events':
      return await sendEvents(response, questions.find(id), readAfter(url));
    case 'DELETE v1 jobs': {
      const question = questions.find(id);
      if (!question.outcome) question.driver.end('cancelled');
      return send(response, question.outcome ? 200 : 202, stateOf(question));
    }
    default:
      throw new RequestError(404, 'not_found', `there is no ${request.method} ${url.pathname}`);
  }
}

function describe({ bootId, info }: Served): JSONObject {
  const { driver, agent_version: agentVersion, options } = info.known;
  return { protocol: PROTOCOL.version, bootId, driver, agentVersion, options };
}

function stateOf({ id, outcome }: Question): JSONObject {
  return outcome ? { job_id: id, state: 'done', ...outcome } : { job_id: id, state: 'running' };
}

/** No faster than the client takes them, so that nothing piles up here. */
async function sendEvents(response: ServerResponse, question: Question, after: number): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders();
  for await (const line of question.events.after(after)) {
    if (gone.signal.aborted) return;
    if (!response.write(line)) await once(response, 'drain', { signal: gone.signal });
  }
  response.end();
}

function readAfter(url: URL): number {
  const after = url.searchParams.get('after') ?? '0';
  if (!/^\d{1,9}$/.test(after))
    throw new RequestError(400, 'bad_request', '`after` must be the number of an event, or 0');
  return Number(after);
}

/** A client that still sends may not read the answer, so more is read than is kept. */
const READ_BYTES = 16 * PROTOCOL.maxBodyBytes;

async function readBody(request: IncomingMessage): Promise<JSONObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= PROTOCOL.maxBodyBytes) chunks.push(chunk);
    else if (bytes > READ_BYTES) break;
  }
  if (bytes > PROTOCOL.maxBodyBytes) throw new RequestError(413, 'too_large', 'the body has more than 1 MiB');
  try {
    return parseObject(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof ProtocolError) throw new RequestError(400, 'bad_request', `the body ${error.message}`);
    throw error;
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const [status, kind] = error instanceof RequestError ? [error.status, error.kind] : [500, 'internal'];
  // The rest of a body that was not read is not to be taken for the next request.
  response.setHeader('connection', 'close');
  send(response, status, { error: { kind, message } });
}

function send(response: ServerResponse, status: number, body: JSONObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
