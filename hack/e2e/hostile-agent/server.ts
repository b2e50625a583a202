import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { carryOut } from './deeds.ts';
import { readDirectives } from './directives.ts';
import { type Params, Work } from './work.ts';

const MAX_BODY_BYTES = 1024 * 1024;
const bootId = randomUUID();

/** Serves the driver protocol, the form over HTTP, and does to each question what its directives say. */
export async function startHostileAgent(port: number): Promise<Server> {
  const works = new Map<string, Work>();
  const server = createServer((request, response) => {
    route(works, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function route(works: Map<string, Work>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
  const [, , kind, id = '', events] = pathname.split('/');
  if (pathname === '/v1/info') {
    return json(response, 200, { protocol: 1, bootId, driver: 'hostile-agent 1', agentVersion: '6.6.6' });
  }
  if (kind === 'actions' && request.method === 'POST') return await ask(works, id, request, response);
  const work = kind === 'jobs' ? works.get(id) : undefined;
  if (work === undefined) return refuse(response, 404, 'not_found', `there is no ${pathname}`);
  if (work.isRubbish) return void response.end('<html>Bad Gateway</html>');
  if (events === 'events') return sendEvents(work, Number(searchParams.get('after') ?? 0), response);
  if (request.method !== 'DELETE') return json(response, 200, work.state);
  if (!work.isDone) work.cancel();
  json(response, work.isDone ? 200 : 202, work.state);
}

async function ask(
  works: Map<string, Work>,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (action !== 'ask') return refuse(response, 404, 'unknown_action', `there is no action "${action}"`);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (body.length > MAX_BODY_BYTES) return refuse(response, 413, 'too_large', 'the body is longer than 1 MiB');
  const params = parse(body.toString());
  if (params === undefined) return refuse(response, 400, 'bad_request', 'the body is no object with a `question`');
  const [last] = [...works.values()];
  if (last?.isDone === false) return refuse(response, 409, 'busy', 'another question is worked on');
  works.clear();
  const work = new Work(randomUUID(), params);
  works.set(work.id, work);
  json(response, 202, { job_id: work.id });
  await perform(work);
}

async function perform(work: Work): Promise<void> {
  try {
    for (const directive of readDirectives(work.params.question).directives) await carryOut(directive, work);
  } catch (error) {
    work.error ??= { kind: 'agent', message: String(error) };
  }
  // The status of a RuneJob holds no more than the beginning of it.
  console.log(`answer: ${work.answer}`);
  work.finish();
}

function sendEvents(work: Work, after: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let sent = after;
  const send = () => {
    for (; sent < work.events.length; sent++) line(response, { seq: sent + 1, ...work.events[sent] });
    if (!work.isDone) return;
    line(response, { seq: sent + 1, event: 'end' });
    response.end();
  };
  const stop = work.follow(send);
  response.on('close', stop);
  send();
}

function parse(body: string): Params | undefined {
  try {
    const value = JSON.parse(body) as Params | null;
    return typeof value?.question === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function line(response: ServerResponse, value: object): void {
  response.write(`${JSON.stringify(value)}\n`);
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, kind: string, message: string): void {
  json(response, status, { error: { kind, message } });
}
