import type { Failure, Tokens } from './call.ts';
import { defined, type Reader, type Reading } from './reading.ts';
import { sanitize } from './sanitize.ts';

/** The usual rule of thumb for English text. */
const CHARACTERS_PER_TOKEN = 4;

/** No model writes more in one call; what does is a server gone wrong. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Gathers what the answer to one call says, event by event. */
export class Observation {
  servedModel: string | undefined;
  finished = false;
  failure: Failure | undefined;
  readonly toolCalls: string[] = [];
  readonly #read: Reader;
  readonly #toolKeys = new Set<string>();
  #characters = 0;
  #tokens: Partial<Tokens> = {};

  constructor(read: Reader) {
    this.#read = read;
  }

  /** Takes the JSON text of one event of a stream; the one at its end may have been cut short with it. */
  event(json: string, mayBeCut = false): Reading | undefined {
    const value = parse(json);
    if (value === undefined) {
      if (!mayBeCut) this.#fail({ kind: 'badResponse', detail: 'an event of its stream is not JSON' });
      return undefined;
    }
    return this.#take(this.#read(value.json));
  }

  /** Takes the JSON text of a whole answer. */
  whole(json: string): void {
    const value = parse(json);
    if (value === undefined) {
      this.#fail({ kind: 'badResponse', detail: `its answer is ${/^\s*</.test(json) ? 'HTML or XML' : 'not JSON'}` });
    } else if (!this.#take(this.#read(value.json)).recognized) {
      this.#fail({ kind: 'badResponse', detail: 'its answer lacks the fields of one' });
    }
    this.finished = true;
  }

  get hasOutput(): boolean {
    return this.#characters > 0 || this.toolCalls.length > 0;
  }

  /** What was reported, completed by estimates. `promptCharacters` is the length of the prompt's text. */
  tokens(promptCharacters: number): { tokens: Tokens; estimated: boolean } {
    const { inputTokens, outputTokens } = this.#tokens;
    return {
      tokens: {
        inputTokens: inputTokens ?? Math.ceil(promptCharacters / CHARACTERS_PER_TOKEN),
        outputTokens: outputTokens ?? Math.ceil(this.#characters / CHARACTERS_PER_TOKEN),
        cachedTokens: this.#tokens.cachedTokens ?? 0,
        reasoningTokens: this.#tokens.reasoningTokens ?? 0,
      },
      estimated: inputTokens === undefined || outputTokens === undefined,
    };
  }

  #take(reading: Reading): Reading {
    this.#characters += reading.characters;
    for (const { key, name } of reading.toolCalls) {
      if (key !== undefined && this.#toolKeys.has(key)) continue;
      if (key !== undefined) this.#toolKeys.add(key);
      this.toolCalls.push(name);
    }
    if (reading.model !== undefined) this.servedModel ??= sanitize(reading.model);
    this.finished ||= reading.finished;
    // Totals: the last one that a server sends counts.
    this.#tokens = { ...this.#tokens, ...reading.tokens };
    if (reading.error !== undefined)
      this.#fail(defined<Failure>({ kind: 'serverError', detail: sanitize(reading.error) }));
    if (this.#characters > MAX_CHARACTERS)
      this.#fail({ kind: 'badResponse', detail: 'its answer is longer than 16 MiB' });
    return reading;
  }

  #fail(failure: Failure): void {
    this.failure ??= failure;
  }
}

/** In an object, since JSON may hold null. */
function parse(json: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(json) };
  } catch {
    return undefined;
  }
}
