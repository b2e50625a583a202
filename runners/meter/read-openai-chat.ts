import type { Tokens } from './call.ts';
import {
  backendError,
  contentText,
  count,
  defined,
  EMPTY_READING,
  isObject,
  type JSONObject,
  objects,
  type Reading,
  text,
} from './reading.ts';

/** Reads an answer or a stream's chunk of OpenAI's `chat/completions` and `completions`. */
export function readOpenAIChat(event: unknown): Reading {
  if (!isObject(event)) return EMPTY_READING;
  if (event['error'] !== undefined && event['error'] !== null) {
    return { ...EMPTY_READING, recognized: true, error: backendError(event) };
  }
  const choices = objects(event['choices']);
  const tokens = readUsage(event['usage']);
  return {
    recognized: choices.length > 0,
    characters: choices.reduce((sum, choice) => sum + characters(choice), 0),
    toolCalls: choices.flatMap(toolCalls),
    model: text(event['model']) || undefined,
    finished: choices.some((choice) => text(choice['finish_reason']) !== ''),
    tokens,
    error: undefined,
    usageOnly: choices.length === 0 && tokens !== undefined,
  };
}

function readUsage(usage: unknown): Partial<Tokens> | undefined {
  if (!isObject(usage)) return undefined;
  const prompt = isObject(usage['prompt_tokens_details']) ? usage['prompt_tokens_details'] : {};
  const completion = isObject(usage['completion_tokens_details']) ? usage['completion_tokens_details'] : {};
  return defined<Partial<Tokens>>({
    inputTokens: count(usage['prompt_tokens']),
    outputTokens: count(usage['completion_tokens']),
    cachedTokens: count(prompt['cached_tokens']),
    reasoningTokens: count(completion['reasoning_tokens']),
  });
}

function message(choice: JSONObject): JSONObject {
  const part = choice['delta'] ?? choice['message'];
  return isObject(part) ? part : {};
}

function characters(choice: JSONObject): number {
  const part = message(choice);
  const reasoning = part['reasoning_content'] ?? part['reasoning'];
  const thought = objects(part['content']).map((piece) => contentText(piece['thinking']));
  const written = [choice['text'], contentText(part['content']), part['refusal'], reasoning, ...thought];
  const calls = objects(part['tool_calls']).map((call) =>
    isObject(call['function']) ? call['function']['arguments'] : '',
  );
  return [...written, ...calls].reduce((sum: number, value) => sum + text(value).length, 0);
}

/** In a stream, a tool call comes in pieces of one `index`, and only its first piece has the name. */
function toolCalls(choice: JSONObject): { key: string; name: string }[] {
  return objects(message(choice)['tool_calls']).flatMap((call, position) => {
    const name = isObject(call['function']) ? text(call['function']['name']) : '';
    return name === '' ? [] : [{ key: `${choice['index']}/${call['index'] ?? call['id'] ?? position}`, name }];
  });
}
