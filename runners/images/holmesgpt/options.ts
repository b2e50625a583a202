import { DriverError } from './protocol.ts';

/** The RuneJob's `spec.agent.options`. */
export interface Options {
  /** How many times the model may be asked. */
  readonly maxSteps: number;
  /** Toolsets of HolmesGPT by name, such as `kubernetes/logs`: whether they may be used. */
  readonly toolsets: Readonly<Record<string, boolean>>;
  readonly temperature?: number;
  /** What the model takes in tokens, for models that HolmesGPT does not know. */
  readonly contextWindow?: number;
  /** What the model may answer with in tokens, for models that HolmesGPT does not know. */
  readonly maxOutputTokens?: number;
}

const maxTokens = 10_000_000;
const toolsetName = /^[a-z0-9][a-z0-9_/-]{0,62}$/;

/** The options as JSON Schema, for the driver's `info`. */
export const optionsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    maxSteps: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 40,
      description: 'How many times the model may be asked; in the last step it gets no tools.',
    },
    toolsets: {
      type: 'object',
      maxProperties: 64,
      propertyNames: { pattern: toolsetName.source },
      additionalProperties: { type: 'boolean' },
      description: 'Switches toolsets of HolmesGPT on or off, such as {"bash": false}.',
    },
    temperature: { type: 'number', minimum: 0, maximum: 2, description: "Of the model; HolmesGPT's when left out." },
    contextWindow: {
      type: 'integer',
      minimum: 1,
      maximum: maxTokens,
      description: 'Tokens that the model takes; for models that HolmesGPT does not know, 200,000 when left out.',
    },
    maxOutputTokens: {
      type: 'integer',
      minimum: 1,
      maximum: maxTokens,
      description: 'Tokens that it may answer with; for models that HolmesGPT does not know, 64,000 when left out.',
    },
  },
} as const;

/** @throws DriverError of kind bad_option that says which option is wrong and what it must be */
export function readOptions(value: unknown = {}): Options {
  if (!isObject(value)) throw bad('options must be an object');
  const known = Object.keys(optionsSchema.properties);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(`options.${unknown} is not known; there are ${known.join(', ')}`);
  return {
    maxSteps: wholeNumber('maxSteps', value['maxSteps'] ?? optionsSchema.properties.maxSteps.default, 1000),
    toolsets: readToolsets(value['toolsets'] ?? {}),
    ...(value['temperature'] === undefined ? {} : { temperature: readTemperature(value['temperature']) }),
    ...tokens('contextWindow', value['contextWindow']),
    ...tokens('maxOutputTokens', value['maxOutputTokens']),
  };
}

function readToolsets(value: unknown): Record<string, boolean> {
  const isToolset = ([name, on]: [string, unknown]) => toolsetName.test(name) && typeof on === 'boolean';
  if (isObject(value) && Object.entries(value).every(isToolset)) return value as Record<string, boolean>;
  throw bad('options.toolsets must be an object of names and true or false, such as {"bash": false}');
}

function readTemperature(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 2) return value;
  throw bad('options.temperature must be a number from 0 to 2');
}

function tokens<N extends string>(name: N, value: unknown): { readonly [name in N]?: number } {
  if (value === undefined) return {};
  return { [name]: wholeNumber(name, value, maxTokens) } as { [name in N]: number };
}

function wholeNumber(name: string, value: unknown, max: number): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max) return Number(value);
  throw bad(`options.${name} must be a whole number from 1 to ${max}`);
}

function bad(message: string): DriverError {
  return new DriverError('bad_option', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
