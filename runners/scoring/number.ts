import type { Expectation } from '../../crds/job-file.ts';
import { type Decimal, isWithin, parseDecimal } from './decimal.ts';

/** Whether the last number in the answer lies within the tolerance of the expected one. Throws for an expectation that is no decimal. */
export function number(answer: string, { value, tolerance }: NonNullable<Expectation['number']>): boolean {
  const expected = decimal(value, 'value');
  const limit = decimal(tolerance ?? '0', 'tolerance');
  const found = lastNumber(answer);
  const given = found === undefined ? undefined : parseDecimal(found);
  return given !== undefined && isWithin(given, expected, limit);
}

/**
 * The last number in a text, as a plain decimal string such as `-1234.5e6`. It is written as in English: a point before
 * the fraction, thousands set apart by commas, apostrophes, underscores, thin or no-break spaces, or LaTeX's `{,}` and
 * `\,`; powers of ten as `e6`, `× 10^6`, `\times 10^{6}` or `×10⁶`. Digits within a word (CO2, GPT-4) are no number.
 */
export function lastNumber(text: string): string | undefined {
  let last: string | undefined;
  for (const { groups } of text.matchAll(NUMBER)) {
    const sign = isNegative(groups) ? '-' : '';
    const whole = (groups?.['whole'] ?? '').replace(/\D/g, '');
    const exponent = plain(groups?.['e'] ?? groups?.['power'] ?? groups?.['raised'] ?? '');
    last = `${sign}${whole}${groups?.['fraction'] ?? ''}${exponent === '' ? '' : `e${exponent}`}`;
  }
  return last;
}

const MINUS = '[-\u2212\u2012\u2013\uff0d]';
const SIGN = `${MINUS}|\\+`;
const CURRENCY = String.raw`\\?\p{Sc}\s?`;
const SEPARATOR = String.raw`(?:,|'|’|_|\u00a0|\u202f|\u2009|\{,\}|\\,)`;
const POWER = String.raw`\s*(?:[x×*·⋅]|\\times|\\cdot)\s*10`;

const NUMBER = new RegExp(
  // Not within a word or after another number's point; a hyphen after a word or a number is no sign.
  String.raw`(?<![\p{L}\p{N}_]|\p{N}[.])(?:(?<![\p{L}\p{N}_)\]])(?<sign>${SIGN}))?(?:${CURRENCY}(?<inner>${SIGN})?)?` +
    String.raw`(?<![\p{L}_]${MINUS})(?<whole>\d{1,3}(?:${SEPARATOR}\d{3})+(?!\d)|\d+|(?=\.\d))(?<fraction>\.\d+)?` +
    String.raw`(?:[eE](?<e>(?:${SIGN})?\d+)|${POWER}(?:\s*(?:\^|\*\*)\s*\{?\s*(?<power>(?:${SIGN})?\d+)|(?<raised>[⁺⁻]?[⁰¹²³⁴-⁹]+)))?`,
  'gu',
);

function isNegative(groups: { [name: string]: string } | undefined): boolean {
  const minus = new RegExp(MINUS, 'u');
  return minus.test(groups?.['sign'] ?? '') || minus.test(groups?.['inner'] ?? '');
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

function decimal(text: string, field: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === undefined) throw new Error(`number.${field} must be a decimal number`);
  return parsed;
}
