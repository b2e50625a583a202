import { type Ask, readOpenaiAsk } from './ask.ts';
import type { TokenCounts } from './behaviour.ts';
import { type Reply, textOf } from './reply.ts';
import type { Frame, Wire } from './wire.ts';

/** `POST /v1/chat/completions` as in OpenAI's API reference. */
export const openaiChat: Wire = {
  name: 'openai',
  streamType: 'text/event-stream',
  readAsk: readOpenaiAsk,
  frames,
  whole,
  error: errorBody,
  errorFrame: (message) => sse(errorBody(500, 'server_error', message)),
  malformedFrame: sse('{"id":"chatcmpl-1","choices":[{"delta":{"content":'),
};

/** `GET /v1/models`. */
export function openaiModels(names: readonly string[]) {
  return { object: 'list', data: names.map(openaiModel) };
}

export function openaiModel(name: string) {
  return { id: name, object: 'model', created: 0, owned_by: 'scripted' };
}

const errorTypes: Readonly<Record<number, string>> = { 401: 'authentication_error', 429: 'rate_limit_error' };

function errorBody(status: number, code: string | null, message: string): string {
  const type = errorTypes[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function whole(reply: Reply, ask: Ask, id: number): string {
  const content = reply.toolCall ? null : textOf(reply);
  const message = {
    role: 'assistant',
    content,
    ...(reply.thinking ? { reasoning_content: reply.thinking.text } : {}),
    ...(reply.toolCall ? { tool_calls: [{ id: `call_${id}`, type: 'function', function: reply.toolCall }] } : {}),
  };
  return JSON.stringify({
    ...head(ask, id, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: reply.finish }],
    ...(reply.reportsUsage ? { usage: usage(reply.counts) } : {}),
  });
}

function frames(reply: Reply, ask: Ask, id: number): Frame[] {
  const tellsUsage = ask.includeUsage && reply.reportsUsage;
  const chunkHead = head(ask, id, 'chat.completion.chunk');
  const frame = (delta: unknown, tokens = 0, finish: string | null = null): Frame => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    return { data: sse(JSON.stringify({ ...chunkHead, choices, ...(tellsUsage ? { usage: null } : {}) })), tokens };
  };
  const usageFrame = { ...chunkHead, choices: [], usage: usage(reply.counts) };
  return [
    frame({ role: 'assistant', content: reply.toolCall ? null : '' }),
    ...(reply.thinking ? [frame({ reasoning_content: reply.thinking.text }, reply.thinking.tokens)] : []),
    ...reply.chunks.map((chunk) => frame({ content: chunk.text }, chunk.tokens)),
    ...toolCallDeltas(reply, id).map((delta) => frame(delta, 1)),
    frame({}, 0, reply.finish),
    ...(tellsUsage ? [{ data: sse(JSON.stringify(usageFrame)), tokens: 0 }] : []),
    { data: sse('[DONE]'), tokens: 0 },
  ];
}

/** The name comes first and the arguments in two halves, as real servers send them. */
function toolCallDeltas({ toolCall }: Reply, id: number): unknown[] {
  if (!toolCall) return [];
  const middle = Math.ceil(toolCall.arguments.length / 2);
  const named = { index: 0, id: `call_${id}`, type: 'function', function: { name: toolCall.name, arguments: '' } };
  const halves = [toolCall.arguments.slice(0, middle), toolCall.arguments.slice(middle)];
  return [
    { tool_calls: [named] },
    ...halves.map((half) => ({ tool_calls: [{ index: 0, function: { arguments: half } }] })),
  ];
}

function usage({ input, output, cached, reasoning }: TokenCounts) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function head(ask: Ask, id: number, object: string) {
  return { id: `chatcmpl-${id}`, object, created: 0, model: ask.model };
}

function sse(data: string): string {
  return `data: ${data}\n\n`;
}
