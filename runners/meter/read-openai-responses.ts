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

const ENDS = new Set(['completed', 'incomplete']);

/** Reads an answer or a stream's event of OpenAI's `responses`. */
export function readOpenAIResponses(event: unknown): Reading {
  if (!isObject(event)) return EMPTY_READING;
  const type = text(event['type']);
  if (type === 'error' || (type === '' && isObject(event['error']))) {
    return { ...EMPTY_READING, recognized: true, error: backendError(event) };
  }
  if (type.endsWith('.delta')) {
    return { ...EMPTY_READING, recognized: true, characters: text(event['delta']).length };
  }
  if (type === 'response.output_item.added' && isObject(event['item'])) {
    return { ...EMPTY_READING, recognized: true, toolCalls: toolCalls([event['item']]) };
  }
  if (isObject(event['response'])) return { ...readResponse(event['response']), characters: 0 };
  return type === '' ? readResponse(event) : { ...EMPTY_READING, recognized: true };
}

function readResponse(response: JSONObject): Reading {
  const output = objects(response['output']);
  return {
    recognized: Array.isArray(response['output']),
    characters: output.reduce((sum, item) => sum + characters(item), 0),
    toolCalls: toolCalls(output),
    model: text(response['model']) || undefined,
    finished: ENDS.has(text(response['status'])),
    ended: ENDS.has(text(response['status'])),
    tokens: readUsage(response['usage']),
    error: response['status'] === 'failed' ? backendError(response) : undefined,
    usageOnly: false,
  };
}

function readUsage(usage: unknown): Partial<Tokens> | undefined {
  if (!isObject(usage)) return undefined;
  const input = isObject(usage['input_tokens_details']) ? usage['input_tokens_details'] : {};
  const output = isObject(usage['output_tokens_details']) ? usage['output_tokens_details'] : {};
  return defined<Partial<Tokens>>({
    inputTokens: count(usage['input_tokens']),
    outputTokens: count(usage['output_tokens']),
    cachedTokens: count(input['cached_tokens']),
    reasoningTokens: count(output['reasoning_tokens']),
  });
}

function characters(item: JSONObject): number {
  const parts = objects(item['content']).reduce((sum, part) => sum + text(part['text']).length, 0);
  return parts + text(item['arguments']).length;
}

function toolCalls(items: JSONObject[]): { key: string; name: string }[] {
  return items
    .filter((item) => item['type'] === 'function_call' || item['type'] === 'custom_tool_call')
    .map((item) => ({ key: text(item['id']) || text(item['call_id']), name: text(item['name']) }));
}
