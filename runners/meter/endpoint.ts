import type { JobFile } from '../../crds/job-file.ts';
import { readOllama } from './read-ollama.ts';
import { readOpenAIChat } from './read-openai-chat.ts';
import { readOpenAIResponses } from './read-openai-responses.ts';
import type { Reader } from './reading.ts';

export type ErrorStyle = 'openai' | 'ollama';

/** Where a request of the agent goes, and how its answer is read. */
export type Endpoint = {
  /** Below the agent's base URL, without a query. */
  path: string;
  /** The whole URL at the backend. */
  target: URL;
  errors: ErrorStyle;
  /** Absent where nothing is counted, such as for a list of models. */
  metered?: Metered;
};

export type Metered = {
  read: Reader;
  /** How a stream of it is framed. */
  frames: 'events' | 'lines';
  /** Whether the server streams when the request does not say. */
  streamsByDefault: boolean;
  /** Whether usage comes in a stream only when `stream_options.include_usage` asks for it. */
  usageOnRequest: boolean;
};

const OPENAI_CHAT: Metered = { read: readOpenAIChat, frames: 'events', streamsByDefault: false, usageOnRequest: true };
const OPENAI_RESPONSES: Metered = { ...OPENAI_CHAT, read: readOpenAIResponses, usageOnRequest: false };
const OLLAMA: Metered = { read: readOllama, frames: 'lines', streamsByDefault: true, usageOnRequest: false };

const METERED: ReadonlyMap<string, Metered> = new Map([
  ['/v1/chat/completions', OPENAI_CHAT],
  ['/v1/completions', OPENAI_CHAT],
  ['/v1/responses', OPENAI_RESPONSES],
  ['/api/chat', OLLAMA],
  ['/api/generate', OLLAMA],
]);

/**
 * What is served beside: which models there are, and what they are. It costs nothing. All else with the key would be
 * spent beside the budget, or give the agent what a provider stores for the key's owner.
 */
function isFree(method: string, path: string): boolean {
  if (method === 'POST') return path === '/api/show';
  return (method === 'GET' || method === 'HEAD') && FREE.test(path);
}

const FREE = /^\/(?:v1\/models(?:\/(?:[^%]|%(?!2[eEfF]))*)?|api\/(?:tags|ps|version))$/;

/**
 * Maps a request's method and target to the backend, or gives undefined for what the meter does not serve.
 * An `openai` backend is served below `/v1`, an `ollama` one below `/api` and, since it speaks both, below `/v1`.
 */
export function endpointOf(method: string, requestTarget: string, backend: JobFile['backend']): Endpoint | undefined {
  // A target such as http://other.host/ would otherwise name a server of the agent's choice.
  if (!requestTarget.startsWith('/') || requestTarget.startsWith('//')) return undefined;
  const asked = URL.parse(requestTarget, 'http://meter');
  if (asked === null) return undefined;
  const path = asked.pathname;
  const prefix = ['/v1', '/api'].find((candidate) => path.startsWith(`${candidate}/`));
  if (prefix === undefined || (prefix === '/api' && backend.type !== 'ollama')) return undefined;
  const below = backend.type === 'openai' ? path.slice(prefix.length) : path;
  const target = URL.parse(`${backend.url}${below}${asked.search}`);
  if (target === null) return undefined;
  const errors = prefix === '/api' ? 'ollama' : 'openai';
  const metered = method === 'POST' ? METERED.get(path) : undefined;
  if (metered === undefined && !isFree(method, path)) return undefined;
  return metered === undefined ? { path, target, errors } : { path, target, errors, metered };
}
