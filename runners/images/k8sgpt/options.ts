/** What K8sGPT is told to look at; the RuneJob's `spec.agent.options`. */
export interface Options {
  /** Its analyzers by name; none means all that it runs by default. */
  readonly filters: readonly string[];
  /** Whether the model explains what was found. Without that no model is called. */
  readonly explain: boolean;
  /** In place of the question's namespace. */
  readonly namespace?: string;
  /** Label query for the objects to look at. */
  readonly selector?: string;
  /** Language of the explanations. */
  readonly language?: string;
}

/** The options as JSON Schema, for the driver's `info`. */
export const optionsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    filters: {
      type: 'array',
      maxItems: 64,
      items: { type: 'string', pattern: '^[A-Za-z]{1,63}$' },
      description: 'Analyzers to run, such as Pod; all that K8sGPT runs by default when left out.',
    },
    explain: {
      type: 'boolean',
      default: true,
      description: 'Whether the model explains each problem; without that none is called.',
    },
    namespace: { type: 'string', maxLength: 63, description: "Where to look, in place of the question's namespace." },
    selector: { type: 'string', maxLength: 512, description: 'Label query for the objects to look at.' },
    language: { type: 'string', maxLength: 63, description: 'Language of the explanations; English by default.' },
  },
} as const;

/** An option that is unknown or cannot be used; the message says which and what it must be. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** @throws OptionError */
export function readOptions(value: unknown = {}): Options {
  if (!isObject(value)) throw new OptionError('options must be an object');
  const known = Object.keys(optionsSchema.properties);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new OptionError(`options.${unknown} is not known; there are ${known.join(', ')}`);
  return {
    filters: readFilters(value['filters'] ?? []),
    explain: readBoolean('explain', value['explain'] ?? true),
    ...readText('namespace', value['namespace'], /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
    ...readText('selector', value['selector'], /^.{1,512}$/),
    ...readText('language', value['language'], /^[\p{L} ()-]{1,63}$/u),
  };
}

function readFilters(value: unknown): string[] {
  const isFilter = (entry: unknown): entry is string => typeof entry === 'string' && /^[A-Za-z]{1,63}$/.test(entry);
  if (Array.isArray(value) && value.length <= 64 && value.every(isFilter)) return value;
  throw new OptionError('options.filters must be a list of at most 64 names of analyzers, such as ["Pod"]');
}

function readBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new OptionError(`options.${name} must be true or false`);
}

function readText<N extends string>(name: N, value: unknown, pattern: RegExp): { readonly [name in N]?: string } {
  if (value === undefined) return {};
  if (typeof value === 'string' && pattern.test(value)) return { [name]: value } as { [name in N]: string };
  throw new OptionError(`options.${name} must be a text that matches ${pattern}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
