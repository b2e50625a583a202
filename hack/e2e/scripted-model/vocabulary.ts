import type { Behaviour, Fault, TokenCounts } from './behaviour.ts';

/** A directive whose argument cannot be used; the message says what is expected. */
export class InvalidDirective extends Error {
  override name = 'InvalidDirective';
}

type Patch = Partial<Behaviour>;

/** Every directive, in the order of the README's tables. */
const vocabulary: Readonly<Record<string, (argument: string) => Patch>> = {
  echo: () => ({ answer: { kind: 'echo' } }),
  answer: (argument) => ({ answer: { kind: 'text', text: argument } }),
  empty: () => ({ answer: { kind: 'text', text: '' } }),
  long: (argument) => ({ answer: { kind: 'long', bytes: bytes(argument) } }),
  words: (argument) => ({ answer: { kind: 'words', words: whole(argument) } }),
  thinking: (argument) => ({ thinking: argument }),
  tool: (argument) => ({ tools: [tool(argument)] }),
  tokens: (argument) => ({ tokens: tokens(argument) }),
  'no-usage': () => ({ reportsUsage: false }),

  delay: (argument) => ({ delayMs: milliseconds(argument) }),
  slow: (argument) => ({ frameDelayMs: milliseconds(argument) }),
  key: (argument) => ({ key: argument }),
  job: (argument) => ({ job: argument }),

  error: (argument) => fault({ kind: 'status', status: errorStatus(argument) }),
  'retry-after': (argument) => ({ retryAfter: retryAfter(argument) }),
  times: (argument) => ({ faultTimes: whole(argument) }),
  'too-long': () => fault({ kind: 'too-long' }),
  redirect: () => fault({ kind: 'redirect' }),
  'wrong-type': () => fault({ kind: 'wrong-type' }),
  malformed: () => fault({ kind: 'malformed' }),
  reset: () => fault({ kind: 'reset' }),
  hang: () => fault({ kind: 'hang' }),
  'hang-after': (argument) => fault({ kind: 'stall', afterFrames: whole(argument) }),
  'cut-after': (argument) => fault({ kind: 'cut', afterFrames: whole(argument) }),
  'error-after': (argument) => fault({ kind: 'error-frame', afterFrames: whole(argument) }),
};

/** What one directive asks for; undefined when the word is not one of ours. */
export function readDirective(word: string, argument: string): Patch | undefined {
  return Object.hasOwn(vocabulary, word) ? vocabulary[word]?.(argument) : undefined;
}

/** Whether a directive's argument is text for people, in which a model's name writes `_` for a space. */
export function isProse(word: string): boolean {
  return word === 'answer' || word === 'thinking';
}

function fault(what: Fault): Patch {
  return { fault: what };
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidDirective(`"${text}" must be a whole number`);
  return Number(text);
}

function bytes(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([km]?)$/i.exec(text) ?? [];
  return whole(number) * ({ k: 1024, m: 1024 * 1024 }[unit.toLowerCase()] ?? 1);
}

function milliseconds(text: string): number {
  const [, number = '', unit = 'ms'] = /^(\d+)(ms|s)?$/.exec(text) ?? [];
  return whole(number) * (unit === 's' ? 1000 : 1);
}

function errorStatus(text: string): number {
  const status = whole(text);
  if (status < 400 || status > 599) throw new InvalidDirective(`error:${text} must name a status from 400 to 599`);
  return status;
}

function retryAfter(text: string): string {
  if (/^(none|(date:)?\d{1,6})$/.test(text)) return text;
  throw new InvalidDirective(`retry-after:${text} must be seconds, date: and seconds, or none`);
}

/** `name` or `name {"json": "object"}`. */
function tool(text: string) {
  const [, name = '', json = '{}'] = /^([A-Za-z0-9._-]+)\s*(\{[\s\S]*\})?$/.exec(text) ?? [];
  if (name === '') throw new InvalidDirective(`tool: "${text}" must be a name, or a name and a JSON object`);
  try {
    JSON.parse(json);
  } catch (cause) {
    throw new InvalidDirective(`tool: the arguments of ${name} are not JSON: ${json}`, { cause });
  }
  return { name, arguments: json };
}

const tokenWords: Readonly<Record<string, keyof TokenCounts>> = {
  in: 'input',
  out: 'output',
  cached: 'cached',
  reasoning: 'reasoning',
};

/** `in=120 out=30 cached=20 reasoning=5` (any of them), or by position `120:30:20:5` for a model's name. */
function tokens(text: string): Partial<TokenCounts> {
  const words = Object.keys(tokenWords);
  const pairs = text.includes('=')
    ? text.split(/[\s,]+/).map((pair) => pair.split('='))
    : text.split(':').map((number, index) => [words[index], number]);
  const counts: Partial<TokenCounts> = {};
  for (const [word = '', number = ''] of pairs) {
    const count = tokenWords[word];
    if (!count) throw new InvalidDirective(`tokens: "${word}" must be one of ${words.join(', ')}`);
    counts[count] = whole(number);
  }
  return counts;
}
