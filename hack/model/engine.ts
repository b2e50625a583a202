import type { ChatRequest } from './chat-request.ts';

export interface Ending {
  finishReason: 'stop' | 'length';
  /** Tokens that the model produced, its end-of-turn token included. */
  completionTokens: number;
}

export interface Generation {
  promptTokens: number;
  /** The answer's text as it is made. Nothing runs before the first `next()`; aborting makes it throw. */
  pieces: AsyncGenerator<string, Ending, void>;
}

/** What the HTTP side needs of a model. */
export interface Engine {
  /** @throws ApiError 400 context_length_exceeded */
  generate(request: ChatRequest, signal: AbortSignal): Generation;
}
