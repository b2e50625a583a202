// biome-ignore lint/correctness/noUndeclaredDependencies: declared in packages/package.json, which only the image installs
import { getLlama, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';
import { ApiError } from './api-error.ts';
import type { ChatRequest } from './chat-request.ts';
import { chatmlPrompt } from './chatml.ts';
import type { Ending, Engine, Generation } from './engine.ts';
import { StopSequences } from './stop-sequences.ts';
import { Turnstile } from './turnstile.ts';

/** The prompt is evaluated in steps of this many tokens, so that a client that left is noticed between them. */
const promptStepTokens = 256;

export interface LlamaOptions {
  modelPath: string;
  contextTokens: number;
  threads: number;
  /** The limit of an answer whose request sets none: a small model may repeat itself for ever. */
  defaultMaxTokens: number;
}

/** Loads the weights; takes about a second for SmolLM2-135M. */
export async function loadLlamaEngine(options: LlamaOptions): Promise<Engine> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: options.threads,
    logLevel: 'error',
    progressLogs: false,
  });
  const model = await llama.loadModel({ modelPath: options.modelPath });
  const context = await model.createContext({
    sequences: 1,
    contextSize: options.contextTokens,
    threads: options.threads,
  });
  return new LlamaEngine(model, context.getSequence(), context.contextSize, options.defaultMaxTokens);
}

/**
 * Answers one request at a time, each from an empty context: sharing a batch or a cached prefix between requests
 * changes the order of floating-point sums, and with it now and then a token, even at temperature 0.
 */
class LlamaEngine implements Engine {
  readonly #model: LlamaModel;
  readonly #sequence: LlamaContextSequence;
  readonly #contextTokens: number;
  readonly #defaultMaxTokens: number;
  readonly #turnstile = new Turnstile();

  constructor(model: LlamaModel, sequence: LlamaContextSequence, contextTokens: number, defaultMaxTokens: number) {
    this.#model = model;
    this.#sequence = sequence;
    this.#contextTokens = contextTokens;
    this.#defaultMaxTokens = defaultMaxTokens;
  }

  generate(request: ChatRequest, signal: AbortSignal): Generation {
    const prompt = chatmlPrompt(request.messages, (text, special) => this.#model.tokenize(text, special));
    const room = this.#contextTokens - prompt.length;
    if (room < (request.maxTokens ?? 1)) throw tooLong(this.#contextTokens, prompt.length, request.maxTokens ?? 1);
    const maxTokens = request.maxTokens ?? Math.min(this.#defaultMaxTokens, room);
    return { promptTokens: prompt.length, pieces: this.#inTurn(prompt, request, maxTokens, signal) };
  }

  async *#inTurn(prompt: Token[], request: ChatRequest, maxTokens: number, signal: AbortSignal) {
    const leave = await this.#turnstile.enter();
    try {
      return yield* this.#answer(prompt, request, maxTokens, signal);
    } finally {
      leave();
    }
  }

  async *#answer(
    prompt: Token[],
    request: ChatRequest,
    maxTokens: number,
    signal: AbortSignal,
  ): AsyncGenerator<string, Ending, void> {
    const stops = new StopSequences(request.stop);
    const text = new TextDecoderOfTokens(this.#model);
    const lastStep = await this.#evaluateAllButLastStep(prompt, signal);
    let completionTokens = 0;
    for await (const token of this.#sequence.evaluate(lastStep, samplingOf(request))) {
      signal.throwIfAborted();
      completionTokens++;
      if (this.#model.isEogToken(token)) break;
      const { text: ready, stopped } = stops.push(text.push(token));
      if (ready !== '') yield ready;
      if (stopped) return { finishReason: 'stop', completionTokens };
      if (completionTokens === maxTokens) {
        yield stops.flush() + text.flush();
        return { finishReason: 'length', completionTokens };
      }
    }
    yield stops.flush() + text.flush();
    return { finishReason: 'stop', completionTokens };
  }

  async #evaluateAllButLastStep(prompt: Token[], signal: AbortSignal): Promise<Token[]> {
    signal.throwIfAborted();
    await this.#sequence.clearHistory();
    let done = 0;
    for (; prompt.length - done > promptStepTokens; done += promptStepTokens) {
      await this.#sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(done, done + promptStepTokens));
      signal.throwIfAborted();
    }
    return prompt.slice(done);
  }
}

function samplingOf({ temperature, topP, seed }: ChatRequest) {
  if (temperature === 0) return { temperature, yieldEogToken: true };
  return { temperature, topK: 0, topP, yieldEogToken: true, ...(seed === undefined ? {} : { seed: Math.abs(seed) }) };
}

/** Holds back tokens until their bytes are whole characters. */
class TextDecoderOfTokens {
  readonly #model: LlamaModel;
  #before: Token[] = [];
  #pending: Token[] = [];

  constructor(model: LlamaModel) {
    this.#model = model;
  }

  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#model.detokenize(this.#pending, false, this.#before);
    return text.endsWith('\uFFFD') && this.#pending.length < 8 ? '' : this.#take(text);
  }

  flush(): string {
    return this.#pending.length === 0 ? '' : this.#take(this.#model.detokenize(this.#pending, false, this.#before));
  }

  #take(text: string): string {
    this.#before = this.#pending;
    this.#pending = [];
    return text;
  }
}

function tooLong(contextTokens: number, promptTokens: number, answerTokens: number): ApiError {
  const message =
    `This model's maximum context length is ${contextTokens} tokens, but ${promptTokens + answerTokens} were requested ` +
    `(${promptTokens} in the messages, ${answerTokens} in the completion). Shorten the messages or the completion.`;
  return new ApiError(400, 'context_length_exceeded', message, 'messages');
}
