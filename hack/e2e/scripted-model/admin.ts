import { InvalidRequest } from './ask.ts';
import type { ScriptedState } from './state.ts';
import { InvalidDirective } from './vocabulary.ts';

export interface AdminAnswer {
  status: number;
  body: unknown;
}

/** Serves `/healthz`, `/stats` and `/admin/...`; undefined when the path is none of these. */
export async function adminRoute(
  state: ScriptedState,
  method: string,
  url: URL,
  body: string,
): Promise<AdminAnswer | undefined> {
  const [, first = '', second = '', ...rest] = url.pathname.split('/');
  try {
    if (first === 'healthz') return { status: 200, body: { status: 'ready' } };
    if (first === 'stats') return stats(state, method, url);
    if (first !== 'admin') return undefined;
    if (second === 'second-port') return await secondPort(state, method, body);
    if (second === 'models') return models(state, method, decodeURIComponent(rest.join('/')), body);
    return { status: 404, body: { error: `there is no ${url.pathname}` } };
  } catch (error) {
    if (error instanceof InvalidRequest || error instanceof InvalidDirective || error instanceof URIError) {
      return { status: 400, body: { error: error.message } };
    }
    throw error;
  }
}

function stats(state: ScriptedState, method: string, url: URL): AdminAnswer {
  const filter = {
    model: url.searchParams.get('model') ?? undefined,
    job: url.searchParams.get('job') ?? undefined,
  };
  if (method === 'DELETE') state.ledger.reset(filter);
  return { status: 200, body: state.ledger.read(filter) };
}

function models(state: ScriptedState, method: string, name: string, body: string): AdminAnswer {
  if (method === 'PUT') {
    const behaviour = field(body, 'behaviour');
    if (name === '' || typeof behaviour !== 'string') {
      throw new InvalidRequest('PUT /admin/models/<name> needs {"behaviour": "answer:Paris/..."}');
    }
    state.setModel(name, behaviour);
  }
  if (method === 'DELETE') state.resetModel(name === '' ? undefined : name);
  return { status: 200, body: { models: state.models() } };
}

async function secondPort(state: ScriptedState, method: string, body: string): Promise<AdminAnswer> {
  if (method === 'PUT') {
    const open = field(body, 'open');
    if (typeof open !== 'boolean') throw new InvalidRequest('PUT /admin/second-port needs {"open": true} or false');
    await (open ? state.secondPort.open() : state.secondPort.close());
  }
  return { status: 200, body: { open: state.secondPort.isOpen() } };
}

function field(body: string, name: string): unknown {
  try {
    return (JSON.parse(body) as Record<string, unknown> | null)?.[name];
  } catch {
    throw new InvalidRequest('the body is not valid JSON');
  }
}
