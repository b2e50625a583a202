/**
 * The part of node-llama-cpp 3.22.1 that this server calls. The package is installed only into the
 * model's image, so the checkout is type-checked against this instead.
 */
declare module 'node-llama-cpp' {
  export type Token = number & { readonly __token: never };

  export interface EvaluateOptions {
    temperature?: number;
    topK?: number;
    topP?: number;
    seed?: number;
    yieldEogToken?: boolean;
  }

  export interface LlamaContextSequence {
    clearHistory(): Promise<void>;
    evaluate(tokens: Token[], options?: EvaluateOptions): AsyncGenerator<Token, void, void>;
    evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void>;
  }

  export interface LlamaContext {
    readonly contextSize: number;
    getSequence(): LlamaContextSequence;
  }

  export interface LlamaModel {
    tokenize(text: string, specialTokens?: boolean): Token[];
    detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string;
    isEogToken(token: Token): boolean;
    createContext(options: { sequences: number; contextSize: number; threads: number }): Promise<LlamaContext>;
  }

  export interface Llama {
    loadModel(options: { modelPath: string }): Promise<LlamaModel>;
    dispose(): Promise<void>;
  }

  export function getLlama(options: {
    gpu: false;
    build: 'never';
    maxThreads: number;
    logLevel: 'error';
    progressLogs: false;
  }): Promise<Llama>;
}
