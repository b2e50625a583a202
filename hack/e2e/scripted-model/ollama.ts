import { type Ask, readOllamaChat, readOllamaGenerate } from './ask.ts';
import { type Reply, textOf } from './reply.ts';
import type { Frame, Wire } from './wire.ts';

/** `POST /api/chat` as in Ollama's API reference: newline-delimited JSON unless `stream` is false. */
export const ollamaChat: Wire = ollamaWire(readOllamaChat, (content, extra) => ({
  message: { role: 'assistant', content, ...extra },
}));

/** `POST /api/generate`. */
export const ollamaGenerate: Wire = ollamaWire(readOllamaGenerate, (response, { thinking }) => ({
  response,
  ...(thinking === undefined ? {} : { thinking }),
}));

/** `GET /api/tags`. */
export function ollamaTags(names: readonly string[]) {
  const details = {
    format: 'gguf',
    family: 'scripted',
    families: ['scripted'],
    parameter_size: '1',
    quantization_level: 'F16',
  };
  const modified = '2025-01-01T00:00:00Z';
  return {
    models: names.map((name) => ({ name, model: name, modified_at: modified, size: 1, digest: 'scripted', details })),
  };
}

interface Extra {
  thinking?: string;
  tool_calls?: unknown[];
}

type Body = (content: string, extra: Extra) => Record<string, unknown>;

function ollamaWire(readAsk: (body: string) => Ask, body: Body): Wire {
  const frames = (reply: Reply, ask: Ask): Frame[] => {
    const frame = (content: string, tokens: number, extra: Extra = {}): Frame => ({
      data: line({ ...head(ask), ...body(content, extra), done: false }),
      tokens,
    });
    return [
      ...(reply.thinking ? [frame('', reply.thinking.tokens, { thinking: reply.thinking.text })] : []),
      ...reply.chunks.map((chunk) => frame(chunk.text, chunk.tokens)),
      ...(reply.toolCall ? [frame('', 1, { tool_calls: toolCalls(reply) })] : []),
      { data: line({ ...head(ask), ...body('', {}), ...ending(reply) }), tokens: 0 },
    ];
  };
  const whole = (reply: Reply, ask: Ask): string => {
    const extra: Extra = {
      ...(reply.thinking ? { thinking: reply.thinking.text } : {}),
      ...(reply.toolCall ? { tool_calls: toolCalls(reply) } : {}),
    };
    return JSON.stringify({ ...head(ask), ...body(textOf(reply), extra), ...ending(reply) });
  };
  return {
    name: 'ollama',
    streamType: 'application/x-ndjson',
    readAsk,
    frames,
    whole,
    error: (_status, _code, message) => JSON.stringify({ error: message }),
    errorFrame: (message) => line({ error: message }),
    malformedFrame: '{"model":"scripted","message":{"content":\n',
  };
}

function toolCalls({ toolCall }: Reply): unknown[] {
  return toolCall ? [{ function: { name: toolCall.name, arguments: JSON.parse(toolCall.arguments) as unknown } }] : [];
}

/** Durations are in nanoseconds and follow from the counts, so that they can be compared. */
function ending({ counts, finish, reportsUsage }: Reply) {
  const load = 1_000_000;
  const prompt = counts.input * 1_000_000;
  const answer = counts.output * 10_000_000;
  return {
    done: true,
    done_reason: finish === 'length' ? 'length' : 'stop',
    total_duration: load + prompt + answer,
    load_duration: load,
    ...(reportsUsage ? { prompt_eval_count: counts.input, eval_count: counts.output } : {}),
    prompt_eval_duration: prompt,
    eval_duration: answer,
  };
}

function head(ask: Ask) {
  return { model: ask.model, created_at: '2025-01-01T00:00:00Z' };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
