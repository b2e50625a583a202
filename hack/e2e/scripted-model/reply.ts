import type { Ask } from './ask.ts';
import { type Answer, type Behaviour, type TokenCounts, type ToolCall, withoutDirectives } from './behaviour.ts';

/** A piece of text that a stream sends as one frame. */
export interface Chunk {
  text: string;
  tokens: number;
}

/** A whole answer, before it is put on a wire. */
export interface Reply {
  chunks: Chunk[];
  thinking: Chunk | undefined;
  toolCall: ToolCall | undefined;
  finish: 'stop' | 'length' | 'tool_calls';
  counts: TokenCounts;
  reportsUsage: boolean;
}

/** Decides what to answer. The same request always gets the same reply: a token is a word between white space. */
export function replyTo(ask: Ask, behaviour: Behaviour): Reply {
  const rounds = ask.messages.filter((message) => message.callsTools).length;
  const toolCall = behaviour.tools[rounds];
  const all = toolCall ? [] : chunksOf(answerOf(ask, behaviour), ask);
  const chunks = ask.maxTokens === undefined ? all : firstTokens(all, ask.maxTokens);
  const thinking = behaviour.thinking === '' ? undefined : asChunk(behaviour.thinking);
  return {
    chunks,
    thinking,
    toolCall,
    finish: toolCall ? 'tool_calls' : chunks.length < all.length ? 'length' : 'stop',
    counts: count(ask, behaviour, chunks, thinking, toolCall),
    reportsUsage: behaviour.reportsUsage,
  };
}

export function textOf(reply: Reply): string {
  return reply.chunks.map((chunk) => chunk.text).join('');
}

export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function count(
  ask: Ask,
  { tokens }: Behaviour,
  chunks: Chunk[],
  thinking: Chunk | undefined,
  call: ToolCall | undefined,
): TokenCounts {
  const reasoning = tokens.reasoning ?? thinking?.tokens ?? 0;
  const called = call ? 1 + countWords(call.arguments) : 0;
  const output = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0) + called + reasoning;
  const input = ask.messages.reduce((sum, message) => sum + countWords(message.text), 0);
  return { input: tokens.input ?? input, output: tokens.output ?? output, cached: tokens.cached ?? 0, reasoning };
}

/** Without an answer of its own, a model that called tools repeats what the last one returned; others say "ok". */
function answerOf(ask: Ask, { answer, tools }: Behaviour): Answer {
  if (answer) return answer;
  const result = tools.length > 0 ? ask.messages.findLast((message) => message.role === 'tool') : undefined;
  return { kind: 'text', text: result?.text ?? 'ok' };
}

function chunksOf(answer: Answer, ask: Ask): Chunk[] {
  switch (answer.kind) {
    case 'echo':
      return words(withoutDirectives(ask.messages.findLast((message) => message.role === 'user')?.text ?? ''));
    case 'text':
      return words(answer.text);
    case 'words':
      return Array.from({ length: answer.words }, (_, index) => asChunk(`word${index + 1} `));
    case 'long':
      return longText(answer.bytes);
  }
}

function words(text: string): Chunk[] {
  const parts = text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
  return parts.map(asChunk);
}

function asChunk(text: string): Chunk {
  return { text, tokens: countWords(text) };
}

/** Chunks of about 16 KiB. */
function longText(bytes: number): Chunk[] {
  const block = asChunk('lorem ipsum dolor sit amet, '.repeat(585));
  const rest = bytes % block.text.length;
  const chunks = Array.from({ length: Math.floor(bytes / block.text.length) }, () => block);
  return rest === 0 ? chunks : [...chunks, asChunk(block.text.slice(0, rest))];
}

function firstTokens(chunks: Chunk[], limit: number): Chunk[] {
  let left = limit;
  return chunks.filter((chunk) => {
    left -= chunk.tokens;
    return left >= 0;
  });
}
