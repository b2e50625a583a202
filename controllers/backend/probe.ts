import { type Dispatcher, request } from 'undici';
import type { RuneBackend } from '../../crds/types.ts';

/** What came of asking a backend for its models. Never holds anything that the backend wrote but names of models. */
export type ProbeResult =
  | { kind: 'listed'; models: string[] }
  | { kind: 'keyNeeded'; status: number }
  | { kind: 'badStatus'; status: number }
  | { kind: 'badResponse'; why: string }
  | { kind: 'timedOut'; seconds: number }
  /** `code` is the system's, such as ECONNREFUSED. */
  | { kind: 'unreachable'; code: string };

export type ProbeTarget = { type: 'openai' | 'ollama'; url: string };

const TIMEOUT_MILLISECONDS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** Where the list of models is, for a backend of either type. */
export function probeTarget(backend: RuneBackend): ProbeTarget {
  const { openai, ollama } = backend.spec;
  if (openai !== undefined) return { type: 'openai', url: `${withoutSlash(openai.baseURL)}/models` };
  return { type: 'ollama', url: `${withoutSlash(ollama?.url ?? '')}/api/tags` };
}

/** The URL of the backend as its jobs will use it. */
export function backendURL(backend: RuneBackend): string {
  return withoutSlash(backend.spec.openai?.baseURL ?? backend.spec.ollama?.url ?? '');
}

/** Asks without a key, follows no redirect, and reads at most 1 MiB. Never throws. */
export async function probe(target: ProbeTarget, timeoutMilliseconds = TIMEOUT_MILLISECONDS): Promise<ProbeResult> {
  try {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    const headers = { accept: 'application/json', 'user-agent': 'rune-operator' };
    // A connection of its own: a kept one could hide that no new ones are taken.
    const response = await request(target.url, { signal, headers, reset: true });
    return await resultOf(response, target);
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      return { kind: 'timedOut', seconds: timeoutMilliseconds / 1000 };
    return { kind: 'unreachable', code: codeOf(error) };
  }
}

async function resultOf(response: Dispatcher.ResponseData, target: ProbeTarget): Promise<ProbeResult> {
  const { statusCode: status, body } = response;
  if (status < 200 || status > 299) {
    body.on('error', () => undefined).destroy();
    return status === 401 || status === 403 ? { kind: 'keyNeeded', status } : { kind: 'badStatus', status };
  }
  const text = await readAtMost(body, MAX_BYTES);
  if (text === undefined) return { kind: 'badResponse', why: 'more than 1 MiB' };
  const models = modelsOf(text, target.type);
  return models === undefined ? { kind: 'badResponse', why: 'no list of models' } : { kind: 'listed', models };
}

async function readAtMost(body: Dispatcher.ResponseData['body'], max: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > max) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** OpenAI: `{data: [{id}]}`. Ollama: `{models: [{name}]}`. */
function modelsOf(text: string, type: ProbeTarget['type']): string[] | undefined {
  try {
    const answer = JSON.parse(text);
    const list: unknown = type === 'openai' ? answer?.data : answer?.models;
    if (!Array.isArray(list)) return undefined;
    const names: unknown[] = list.map((entry) => (type === 'openai' ? entry?.id : entry?.name));
    return names.filter((name) => typeof name === 'string');
  } catch {
    return undefined;
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'UNKNOWN';
}
