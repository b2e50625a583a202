import type { IncomingMessage, ServerResponse } from 'node:http';
import { adminRoute } from './admin.ts';
import { type Ask, InvalidRequest } from './ask.ts';
import { type Behaviour, behaviourOfName, withPromptDirectives } from './behaviour.ts';
import { type Delivery, deliver, refuse, refusePath } from './deliver.ts';
import { ollamaChat, ollamaGenerate, ollamaTags } from './ollama.ts';
import { openaiChat, openaiModel, openaiModels } from './openai.ts';
import { replyTo } from './reply.ts';
import { readScope, type Scope } from './scope.ts';
import type { ScriptedState } from './state.ts';
import { faultJob, type ServedRequest } from './stats.ts';
import { InvalidDirective } from './vocabulary.ts';
import type { Wire } from './wire.ts';

const asks: Readonly<Record<string, Wire>> = {
  'POST /v1/chat/completions': openaiChat,
  'POST /api/chat': ollamaChat,
  'POST /api/generate': ollamaGenerate,
};

const maxBodyBytes = 64 * 1024 * 1024;

/** Answers one request. Everything but the admin's own paths is recorded. */
export async function route(state: ScriptedState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://server');
  const method = request.method ?? 'GET';
  const body = await readBody(request);
  const admin = url && (await adminRoute(state, method, url, body));
  if (admin) {
    response.writeHead(admin.status, { 'content-type': 'application/json' }).end(JSON.stringify(admin.body));
    return;
  }
  const { authorization } = request.headers;
  const record = state.ledger.open(method, url?.pathname ?? '', authorization !== undefined);
  const arrived = performance.now();
  response.on('close', () => {
    record.milliseconds = Math.round(performance.now() - arrived);
    if (record.ending === 'open') record.ending = 'client-left';
  });
  const wire = url?.pathname.includes('/api/') ? ollamaChat : openaiChat;
  try {
    const scope = readScope(url?.pathname ?? '/');
    const asked = asks[`${method} ${scope.path}`];
    if (asked) await serveAsk(state, asked, scope, body, authorization, record, response);
    else await serveList(state, wire, scope, method, authorization, record, response);
  } catch (error) {
    if (!(error instanceof InvalidDirective || error instanceof InvalidRequest)) throw error;
    refuse(response, record, wire, 400, error.message);
  }
}

async function serveAsk(
  state: ScriptedState,
  wire: Wire,
  scope: Scope,
  body: string,
  authorization: string | undefined,
  record: ServedRequest,
  response: ServerResponse,
): Promise<void> {
  record.wire = wire.name;
  const ask = wire.readAsk(body);
  record.model = ask.model;
  record.streamed = ask.stream;
  const named = scope.only && !scope.only.includes(ask.model) ? undefined : state.behaviourOf(ask.model, scope);
  if (!named) return refuse(response, record, wire, 404, `The model \`${ask.model}\` does not exist`);
  const asked = withPromptDirectives(named, promptOf(ask));
  record.job = asked.job ?? null;
  if (!mayAsk(asked, authorization)) return refuse(response, record, wire, 401, 'Incorrect API key provided');
  await deliver(response, record, faultOnlySoOften(state, asked, record), answer(wire, ask, asked, record.id));
}

/** The lists of models, and the address to which a redirect leads. */
async function serveList(
  state: ScriptedState,
  wire: Wire,
  scope: Scope,
  method: string,
  authorization: string | undefined,
  record: ServedRequest,
  response: ServerResponse,
): Promise<void> {
  const found = method === 'GET' ? listing(state, scope) : undefined;
  if (found === undefined) return refusePath(response, record, wire);
  record.job = scope.behaviour.job ?? null;
  if (!mayAsk(scope.behaviour, authorization)) return refuse(response, record, wire, 401, 'Incorrect API key provided');
  const counts = { input: 0, output: 0, cached: 0, reasoning: 0 };
  const delivery = { wire, frames: undefined, body: JSON.stringify(found), counts, tellsUsage: false };
  await deliver(response, record, faultOnlySoOften(state, scope.behaviour, record), delivery);
}

function listing(state: ScriptedState, scope: Scope): unknown {
  const names = scope.only ?? state.listedModels();
  const [, model] = /^\/v1\/models\/(.+)$/.exec(scope.path) ?? [];
  if (model !== undefined) {
    const isKnown = scope.only ? scope.only.includes(model) : behaviourOfName(model) || names.includes(model);
    return isKnown ? openaiModel(model) : undefined;
  }
  switch (scope.path) {
    case '/v1/models':
      return openaiModels(names);
    case '/api/tags':
      return ollamaTags(names);
    case '/api/version':
      return { version: '0.0.0-scripted' };
    case '/redirected':
      return { redirected: true };
    default:
      return undefined;
  }
}

function answer(wire: Wire, ask: Ask, behaviour: Behaviour, id: number): Delivery {
  const reply = replyTo(ask, behaviour);
  return {
    wire,
    frames: ask.stream ? wire.frames(reply, ask, id) : undefined,
    body: ask.stream ? '' : wire.whole(reply, ask, id),
    counts: reply.counts,
    tellsUsage: reply.reportsUsage && (!ask.stream || ask.includeUsage),
  };
}

function faultOnlySoOften(state: ScriptedState, behaviour: Behaviour, record: ServedRequest): Behaviour {
  if (!behaviour.fault) return behaviour;
  const isOver = state.ledger.countFault(faultJob(record)) >= behaviour.faultTimes;
  return isOver ? { ...behaviour, fault: undefined } : behaviour;
}

function mayAsk({ key }: Behaviour, authorization: string | undefined): boolean {
  return key === undefined || authorization === `Bearer ${key}`;
}

/** Directives are read from what a person wrote, not from tools' results or the model's own words. */
function promptOf(ask: Ask): string {
  const written = ask.messages.filter(({ role }) => role !== 'assistant' && role !== 'tool');
  return written.map((message) => message.text).join('\n');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBodyBytes) request.destroy();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
