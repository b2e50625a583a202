import { DriverError } from './protocol.ts';
import { type ToolName, toolNames } from './server/settings.ts';

/** The RuneJob's `spec.agent.options`. */
export interface Options {
  readonly systemPrompt: string;
  /** How many times the model may be asked. */
  readonly maxSteps: number;
  readonly temperature?: number;
  readonly tools: readonly ToolName[];
}

const defaults = {
  systemPrompt:
    'You answer a question, with the help of tools where they help. Call a tool rather than guess. When you know the answer, say it, briefly.',
  maxSteps: 12,
};

/** The options as JSON Schema, for the driver's `info`. */
export const optionsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    systemPrompt: {
      type: 'string',
      maxLength: 16_384,
      default: defaults.systemPrompt,
      description: 'Goes before the question; none when it is empty.',
    },
    maxSteps: {
      type: 'integer',
      minimum: 1,
      maximum: 200,
      default: defaults.maxSteps,
      description: 'How many times the model may be asked. An agent that has no answer by then has failed.',
    },
    temperature: {
      type: 'number',
      minimum: 0,
      maximum: 2,
      description: "Of the model; the backend's default when left out.",
    },
    tools: {
      type: 'array',
      uniqueItems: true,
      items: { enum: toolNames },
      default: toolNames,
      description: 'The tools that the model may call.',
    },
  },
} as const;

/** @throws DriverError of kind bad_option that says which option is wrong and what it must be */
export function readOptions(value: unknown = {}): Options {
  if (!isObject(value)) throw bad('options must be an object');
  const known = Object.keys(optionsSchema.properties);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(`options.${unknown} is not known; there are ${known.join(', ')}`);
  const { systemPrompt = defaults.systemPrompt, maxSteps = defaults.maxSteps, temperature, tools = toolNames } = value;
  return {
    systemPrompt: readPrompt(systemPrompt),
    maxSteps: readSteps(maxSteps),
    tools: readTools(tools),
    ...(temperature === undefined ? {} : { temperature: readTemperature(temperature) }),
  };
}

function readPrompt(value: unknown): string {
  if (typeof value === 'string' && value.length <= optionsSchema.properties.systemPrompt.maxLength) return value;
  throw bad('options.systemPrompt must be a text of at most 16384 characters');
}

function readSteps(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 200) return Number(value);
  throw bad('options.maxSteps must be a whole number from 1 to 200');
}

function readTemperature(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 2) return value;
  throw bad('options.temperature must be a number from 0 to 2');
}

function readTools(value: unknown): ToolName[] {
  const isTool = (entry: unknown): entry is ToolName => toolNames.some((name) => name === entry);
  if (Array.isArray(value) && value.every(isTool) && new Set(value).size === value.length) return value;
  throw bad(`options.tools must be a list of ${toolNames.join(', ')}, each at most once`);
}

function bad(message: string): DriverError {
  return new DriverError('bad_option', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
