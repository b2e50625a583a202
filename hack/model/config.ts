import { fileURLToPath } from 'node:url';

export interface Config {
  host: string;
  port: number;
  modelName: string;
  modelPath: string;
  contextTokens: number;
  /** llama.cpp's threads wait for each other by spinning: more of them than idle cores is 20 times slower than one. */
  threads: number;
  defaultMaxTokens: number;
}

/** Reads the environment. @throws Error that names the variable */
export function readConfig(env: NodeJS.ProcessEnv): Readonly<Config> {
  return Object.freeze({
    host: env['HOST'] ?? '0.0.0.0',
    port: integer(env, 'PORT', 8000, 0, 65535),
    modelName: env['MODEL_NAME'] ?? 'smollm2:135m',
    modelPath: env['MODEL_PATH'] ?? fileURLToPath(new URL('model.gguf', import.meta.url)),
    contextTokens: integer(env, 'CONTEXT_TOKENS', 8192, 256, 8192),
    threads: integer(env, 'THREADS', 1, 1, 64),
    defaultMaxTokens: integer(env, 'DEFAULT_MAX_TOKENS', 512, 1, 8192),
  });
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number, low: number, high: number): number {
  const text = env[name];
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`${name}="${text}" must be a whole number from ${low} to ${high}`);
}
