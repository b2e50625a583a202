import type { Ending } from './engine.ts';

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

/** Identity that all chunks of one answer share; `created` is in Unix seconds. */
export interface CompletionHead {
  id: string;
  created: number;
  model: string;
}

/** No prefix is kept between requests and the model does not reason, so both details are always 0. */
export function usageOf(promptTokens: number, completionTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

export function completion(head: CompletionHead, content: string, { finishReason }: Ending, usage: Usage) {
  const message = { role: 'assistant', content, refusal: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: finishReason };
  return { ...head, object: 'chat.completion', choices: [choice], usage };
}

/** One chunk of a stream. With `includeUsage` every chunk but the last one carries `usage: null`, as OpenAI's do. */
export function contentChunk(head: CompletionHead, content: string, includeUsage: boolean) {
  return choiceChunk(head, { content }, null, includeUsage);
}

export function roleChunk(head: CompletionHead, includeUsage: boolean) {
  return choiceChunk(head, { role: 'assistant', content: '' }, null, includeUsage);
}

export function endChunk(head: CompletionHead, { finishReason }: Ending, includeUsage: boolean) {
  return choiceChunk(head, {}, finishReason, includeUsage);
}

export function usageChunk(head: CompletionHead, usage: Usage) {
  return { ...head, object: 'chat.completion.chunk', choices: [], usage };
}

function choiceChunk(
  head: CompletionHead,
  delta: { role?: string; content?: string },
  finishReason: string | null,
  includeUsage: boolean,
) {
  const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason };
  return { ...head, object: 'chat.completion.chunk', choices: [choice], ...(includeUsage ? { usage: null } : {}) };
}
