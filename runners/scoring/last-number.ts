/**
 * The last number in a text, as a plain decimal string such as `-1234.5e6`. It is written as in English: a point before
 * the fraction, and thousands in groups of three, set apart by commas, apostrophes, underscores, spaces, or LaTeX's `{,}`
 * and `\,`; powers of ten as `e6`, `× 10^6`, `\times 10^{6}` or `×10⁶`. Digits within a word (CO2, GPT-4) are no number.
 *
 * Undefined where there is none, and where the last is part of something else, of which a piece would be another number
 * than what is written: `3,14`, `1.234,5`, `1.2.3`, `12:30`, `1/2`, `3½`, `10^6`, `√2`, `0x1F`. In time linear in the text's length.
 */
export function lastNumber(text: string): string | undefined {
  let last: RegExpExecArray | undefined;
  for (const match of text.matchAll(NUMBER_LIKE)) last = match;
  if (last === undefined) return undefined;
  const before = text.slice(Math.max(0, last.index - CONTEXT), last.index);
  const after = text.slice(last.index + last[0].length).slice(0, CONTEXT);
  return IS_PART_AFTER.test(before) || IS_PART_BEFORE.test(after) ? undefined : read(last.groups ?? {});
}

/** Longer ones are not read. */
const MAX_LENGTH = 10_000;
/** How far around a number the text decides whether it is part of something else. */
const CONTEXT = 32;

const MINUS = '[-\u2212\u2012\u2013\uff0d]';
const SIGN = `${MINUS}|\\+`;
const CURRENCY = String.raw`\\?\p{Sc}\s?`;
const SPACE = '[ \u00a0\u202f\u2009]';
const POWER = String.raw`\s{0,4}(?:[x×*·⋅]|\\times|\\cdot)\s{0,4}10`;
const ROOT = String.raw`(?:\\[a-z]?frac|\\?sqrt)`;

/** A number with all digits that hang together with it, be it readable or not. */
const NUMBER_LIKE = new RegExp(
  // Not within a word; a hyphen after a word or a number is no sign.
  String.raw`(?:(?<![\p{L}\p{N}_])|(?<=${ROOT}))(?:(?<![\p{L}\p{N}_)\]])(?<sign>${SIGN}))?(?:${CURRENCY}(?<inner>${SIGN})?)?` +
    String.raw`(?<![\p{L}_]${MINUS})(?<body>(?:[1-9]\d{0,2}(?:${SPACE}\d{3}(?!\p{N}))+|(?:(?<!\.)\.)?\p{N}+)` +
    String.raw`(?:(?:[.,'’_:]|\{,\}|\\,)\p{N}+)*)` +
    String.raw`(?:[eE](?<e>(?:${SIGN})?\d+)|${POWER}(?:\s?(?:\^|\*\*)\s?\{?\s?(?<power>(?:${SIGN})?\d+)\}?|(?<raised>[⁺⁻]?[⁰¹²³⁴-⁹]+)))?`,
  'gu',
);

/** What stands before a number that is not all of what is written: an exponent, a divisor, what is under a root. */
const IS_PART_AFTER = new RegExp(
  String.raw`(?:[\^√][\s{(]*|\p{N}(?:\*\*|[.,'’_:])|[/⁄]\s?[({]?|\}\s*\{|${ROOT}\s*(?:\[\p{N}*\])?\s*[({]?)$`,
  'u',
);

/** What stands behind such a number: an exponent, though not a degree sign, a divisor, the digits of another base. */
const IS_PART_BEFORE =
  /^(?:\p{N}|[.,'’_:]\p{N}|\s?\^(?!\s?\{?\s?\\circ)|\*\*\p{N}|\s?[/⁄]\s?[\p{N}({]|\}\s*\{|√|[xX][\p{N}a-fA-F]|[obOB]\p{N})/u;

/** In groups of three, all set apart in the same way, or in none. A first group never begins with a zero, as a fraction's whole does. */
const ENGLISH = new RegExp(
  String.raw`^(?<whole>[1-9]\d{0,2}(?<separator>[,'’_]|${SPACE}|\{,\}|\\,)\d{3}(?:\k<separator>\d{3})*|\d*)(?<fraction>\.\d+)?$`,
  'u',
);

type Groups = { [name: string]: string | undefined };

function read({ sign, inner, body = '', e, power, raised }: Groups): string | undefined {
  const english = body.length > MAX_LENGTH ? undefined : ENGLISH.exec(body)?.groups;
  if (english === undefined) return undefined;
  const { whole = '', fraction = '' }: Groups = english;
  const isNegative = [sign, inner].some((one) => one !== undefined && one !== '+');
  const exponent = plain(e ?? power ?? raised ?? '');
  return `${isNegative ? '-' : ''}${whole.replace(/\D/g, '')}${fraction}${exponent === '' ? '' : `e${exponent}`}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** An exponent in ASCII. */
function plain(exponent: string): string {
  return Array.from(exponent, (character) => {
    const digit = SUPERSCRIPTS.indexOf(character);
    if (digit >= 0) return String(digit);
    return /[⁺+]/.test(character) ? '' : /\d/.test(character) ? character : '-';
  }).join('');
}
