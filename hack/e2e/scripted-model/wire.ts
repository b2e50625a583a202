import type { Ask } from './ask.ts';
import type { Reply } from './reply.ts';

export interface Frame {
  data: string;
  /** How many tokens of the answer it carries. */
  tokens: number;
}

/** How replies and errors look over one protocol. */
export interface Wire {
  name: 'openai' | 'ollama';
  streamType: string;
  readAsk(body: string): Ask;
  frames(reply: Reply, ask: Ask, id: number): Frame[];
  whole(reply: Reply, ask: Ask, id: number): string;
  error(status: number, code: string | null, message: string): string;
  /** An error that comes inside a stream that began with status 200. */
  errorFrame(message: string): string;
  malformedFrame: string;
}
