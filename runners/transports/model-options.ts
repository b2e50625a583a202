import type { JobFile } from '../../crds/job-file.ts';
import { BadOptionError } from './ask.ts';

/** What an `openai` agent is told of `spec.agent.options`, with the agent's defaults. */
export type ModelOptions = {
  systemPrompt?: string;
  stream: boolean;
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  stop?: string[];
};

type Rule = { isValid: (value: unknown) => boolean; type: string };

const RULES: { [name in keyof Required<ModelOptions>]: Rule } = {
  systemPrompt: { isValid: (value) => typeof value === 'string', type: 'a string' },
  stream: { isValid: (value) => typeof value === 'boolean', type: 'true or false' },
  temperature: { isValid: (value) => isNumber(value) && value >= 0, type: 'a number of at least 0' },
  topP: { isValid: (value) => isNumber(value) && value >= 0 && value <= 1, type: 'a number from 0 to 1' },
  maxTokens: { isValid: (value) => Number.isSafeInteger(value) && Number(value) > 0, type: 'an integer above 0' },
  stop: { isValid: isStrings, type: 'a list of strings' },
};

/** Throws a {@link BadOptionError} that names the first option that is unknown or ill-typed. */
export function modelOptions({ agent }: Pick<JobFile, 'agent'>): ModelOptions {
  for (const [name, value] of Object.entries(agent.options)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof ModelOptions] : undefined;
    const known = Object.keys(RULES).join(', ');
    if (rule === undefined) throw new BadOptionError(`The agent has no option "${name}": it knows ${known}.`);
    if (!rule.isValid(value)) throw new BadOptionError(`The option "${name}" must be ${rule.type}.`);
  }
  const { systemPrompt, stream } = agent.openai ?? { stream: true };
  const defaults = systemPrompt === undefined ? { stream } : { stream, systemPrompt };
  // Each field has just been checked against its rule.
  return { ...defaults, ...(agent.options as Partial<ModelOptions>) };
}

/** The conversation to send, in the form that both wire formats share. The context is a paragraph before the prompt. */
export function messages(
  systemPrompt: string | undefined,
  prompt: string,
  context?: string,
): { role: 'system' | 'user'; content: string }[] {
  const content = context === undefined ? prompt : `${context}\n\n${prompt}`;
  const user = { role: 'user', content } as const;
  return systemPrompt ? [{ role: 'system', content: systemPrompt }, user] : [user];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}
