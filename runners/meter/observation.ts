import { AnswerTooLongError, MAX_ANSWER_CHARACTERS, MAX_TOOL_CALLS } from './answer-bounds.ts';
import type { Failure, Tokens } from './call.ts';
import { parseJSON } from './parse-json.ts';
import { defined, type Reader, type Reading } from './reading.ts';
import { fitForMessage } from './sanitize.ts';

/** The usual rule of thumb for English text. */
const CHARACTERS_PER_TOKEN = 4;

/** Gathers what the answer to one call says, event by event. Its strings are one line each, without the key. */
export class Observation {
  servedModel: string | undefined;
  /** Something of an answer has come; a stream's comments are nothing of it. */
  begun = false;
  /** The model is done, though its usage may still come. */
  finished = false;
  /** Nothing more is to come, whether or not the server closes the connection. */
  ended = false;
  readonly toolCalls: string[] = [];
  readonly #read: Reader;
  readonly #apiKey: string | undefined;
  readonly #toolKeys = new Set<string>();
  #recognized = false;
  #failure: Failure | undefined;
  #characters = 0;
  #tokens: Partial<Tokens> = {};

  constructor(read: Reader, apiKey?: string) {
    this.#read = read;
    this.#apiKey = apiKey;
  }

  /** Takes the JSON text of one event of a stream; the one at its end may have been cut short with it. Throws an AnswerTooLongError. */
  event(json: string, mayBeCut = false): Reading | undefined {
    this.begun = true;
    const value = parse(json);
    if (value === undefined) {
      if (!mayBeCut) this.#fail({ kind: 'badResponse', detail: 'an event of its stream is not JSON' });
      return undefined;
    }
    return this.#take(this.#read(value.json));
  }

  /** Takes the JSON text of a whole answer. Throws an AnswerTooLongError. */
  whole(json: string): void {
    this.begun = true;
    const value = parse(json);
    if (value === undefined) {
      this.#fail({ kind: 'badResponse', detail: `its answer is ${/^\s*</.test(json) ? 'HTML or XML' : 'not JSON'}` });
    } else {
      this.#take(this.#read(value.json));
    }
    this.end();
  }

  /** Takes the sign that nothing more is to come. */
  end(): void {
    this.finished = true;
    this.ended = true;
  }

  /** What is wrong with the answer so far. */
  get failure(): Failure | undefined {
    if (this.#failure !== undefined || !this.finished || this.#recognized) return this.#failure;
    return { kind: 'badResponse', detail: 'its answer lacks the fields of one' };
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
    this.#recognized ||= reading.recognized;
    this.#characters += reading.characters;
    for (const call of reading.toolCalls) this.#takeToolCall(call);
    if (reading.model !== undefined) this.servedModel ??= this.#clean(reading.model);
    this.finished ||= reading.finished;
    this.ended ||= reading.ended === true;
    // Totals: the last one that a server sends counts.
    if (reading.tokens !== undefined) this.#tokens = { ...this.#tokens, ...reading.tokens };
    const { error } = reading;
    if (error !== undefined)
      this.#fail(
        defined<Failure>({
          kind: error.isRateLimit ? 'rateLimited' : 'serverError',
          detail: this.#clean(error.message),
        }),
      );
    if (this.#characters > MAX_ANSWER_CHARACTERS) throw new AnswerTooLongError('4 Mi characters');
    return reading;
  }

  #takeToolCall({ key, name }: Reading['toolCalls'][number]): void {
    if (key !== undefined && this.#toolKeys.has(key)) return;
    if (this.toolCalls.length >= MAX_TOOL_CALLS) throw new AnswerTooLongError(`${MAX_TOOL_CALLS} calls of tools`);
    if (key !== undefined) this.#toolKeys.add(key);
    this.toolCalls.push(this.#clean(name));
  }

  #clean(text: string): string {
    return fitForMessage(text, this.#apiKey);
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
  }
}

/** In an object, since JSON may hold null. */
function parse(json: string): { json: unknown } | undefined {
  try {
    return { json: parseJSON(json) };
  } catch (error) {
    if (error instanceof AnswerTooLongError) throw error;
    return undefined;
  }
}
