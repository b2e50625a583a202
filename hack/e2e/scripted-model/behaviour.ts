import { InvalidDirective, isProse, readDirective } from './vocabulary.ts';

export type Answer =
  | { kind: 'echo' }
  | { kind: 'text'; text: string }
  /** A text of exactly this many bytes. */
  | { kind: 'long'; bytes: number }
  /** This many numbered words, each a token and a frame of its own. */
  | { kind: 'words'; words: number };

export type Fault =
  | { kind: 'status'; status: number }
  | { kind: 'too-long' | 'redirect' | 'wrong-type' | 'malformed' | 'reset' | 'hang' }
  /** Takes place once that many frames of a stream were sent; a whole answer is cut in its middle. */
  | { kind: 'cut' | 'stall' | 'error-frame'; afterFrames: number };

export interface ToolCall {
  name: string;
  /** A JSON object as text. */
  arguments: string;
}

export interface TokenCounts {
  input: number;
  /** Reasoning included, as on the wire. */
  output: number;
  /** Part of `input`. */
  cached: number;
  /** Part of `output`. */
  reasoning: number;
}

/** What the server is to do with one request. */
export interface Behaviour {
  answer: Answer | undefined;
  thinking: string;
  /** The n-th round of a conversation calls the n-th tool; then comes the answer. */
  tools: readonly ToolCall[];
  tokens: Partial<TokenCounts>;
  reportsUsage: boolean;
  delayMs: number;
  frameDelayMs: number;
  fault: Fault | undefined;
  /** The fault hits only the first requests of a job. */
  faultTimes: number;
  /** Seconds, `date:` and seconds from now, or `none`; a 429 without it says 1. */
  retryAfter: string | undefined;
  /** The bearer token that a request must carry. */
  key: string | undefined;
  job: string | undefined;
}

const plain: Behaviour = {
  answer: undefined,
  thinking: '',
  tools: [],
  tokens: {},
  reportsUsage: true,
  delayMs: 0,
  frameDelayMs: 0,
  fault: undefined,
  faultTimes: Number.POSITIVE_INFINITY,
  retryAfter: undefined,
  key: undefined,
  job: undefined,
};

/**
 * Reads a model name such as `answer:Paris/error:429/times:2`: directives between slashes, in an answer `_` for a space.
 * @returns undefined when the name is not made of directives, so that no such model exists
 * @throws InvalidDirective when a directive's argument is wrong
 */
export function behaviourOfName(name: string, base: Behaviour = plain): Behaviour | undefined {
  const patches = name.split('/').map((part) => {
    const [word = '', ...rest] = part.split(':');
    const argument = rest.join(':');
    return readDirective(word, isProse(word) ? argument.replaceAll('_', ' ') : argument);
  });
  return patches.every((patch) => patch !== undefined) ? patches.reduce(combine, base) : undefined;
}

/**
 * Applies the `<<word: argument>>` directives of a prompt, which win over those of the model's name.
 * @throws InvalidDirective also for an unknown word: a typing error in a test should not go unseen
 */
export function withPromptDirectives(base: Behaviour, prompt: string): Behaviour {
  let behaviour = base;
  for (const [text, word = '', argument = ''] of prompt.matchAll(directive)) {
    const patch = readDirective(word, argument);
    if (!patch) throw new InvalidDirective(`${text} is not a directive of the scripted model`);
    behaviour = combine(behaviour, patch);
  }
  return behaviour;
}

export function withoutDirectives(prompt: string): string {
  return prompt.replaceAll(directive, '').trim();
}

export function plainBehaviour(): Behaviour {
  return plain;
}

const directive = /<<\s*([a-z-]+)\s*(?::\s*([\s\S]*?))?\s*>>/g;

function combine(base: Behaviour, patch: Partial<Behaviour>): Behaviour {
  return {
    ...base,
    ...patch,
    tools: [...base.tools, ...(patch.tools ?? [])],
    tokens: { ...base.tokens, ...patch.tokens },
  };
}
