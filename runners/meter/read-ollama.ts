import type { Tokens } from './call.ts';
import {
  backendError,
  count,
  defined,
  EMPTY_READING,
  isObject,
  type JSONObject,
  objects,
  type Reading,
  text,
} from './reading.ts';

/** Reads an answer or a stream's line of Ollama's `/api/chat` and `/api/generate`. */
export function readOllama(event: unknown): Reading {
  if (!isObject(event)) return EMPTY_READING;
  if (event['error'] !== undefined && event['error'] !== null) {
    return { ...EMPTY_READING, recognized: true, error: backendError(event) };
  }
  const message = isObject(event['message']) ? event['message'] : {};
  const written = [event['response'], event['thinking'], message['content'], message['thinking']];
  const calls = objects(message['tool_calls']).map((call) => (isObject(call['function']) ? call['function'] : {}));
  return {
    recognized:
      typeof event['done'] === 'boolean' || isObject(event['message']) || typeof event['response'] === 'string',
    characters:
      written.reduce((sum: number, value) => sum + text(value).length, 0) +
      calls.reduce((sum, call) => sum + JSON.stringify(call['arguments'] ?? '').length, 0),
    // Each comes whole and once, so it needs no key.
    toolCalls: calls.map((call) => ({ name: text(call['name']) })),
    model: text(event['model']) || undefined,
    finished: event['done'] === true,
    ended: event['done'] === true,
    tokens: event['done'] === true ? readUsage(event) : undefined,
    error: undefined,
    usageOnly: false,
  };
}

function readUsage(event: JSONObject): Partial<Tokens> | undefined {
  const tokens = defined<Partial<Tokens>>({
    inputTokens: count(event['prompt_eval_count']),
    outputTokens: count(event['eval_count']),
    cachedTokens: undefined,
    reasoningTokens: undefined,
  });
  return Object.keys(tokens).length === 0 ? undefined : tokens;
}
