/** A decimal number, `digits` × 10^-`scale`, without the surprises of floats. */
export type Decimal = { digits: bigint; scale: number };

const MAX_EXPONENT = 400;
const MAX_INTEGER_DIGITS = 1000;
const MAX_FRACTION_DIGITS = 1000;

/**
 * Reads `-1234.5e-6`, a sign, fraction and exponent being optional. Undefined for anything else, and for numbers beyond
 * any comparison (exponents above 400, more than 1,000 digits before the point). A fraction is cut after 1,000 digits.
 */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  if (whole.length > MAX_INTEGER_DIGITS || Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  const kept = fraction.slice(0, MAX_FRACTION_DIGITS);
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${kept}`), scale: kept.length - Number(exponent) };
}

/** Whether |a - b| <= tolerance, exactly. */
export function isWithin(a: Decimal, b: Decimal, tolerance: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale, tolerance.scale);
  const [left, right, limit] = [a, b, tolerance].map(({ digits, scale: own }) => digits * 10n ** BigInt(scale - own));
  if (left === undefined || right === undefined || limit === undefined) return false;
  const distance = left > right ? left - right : right - left;
  return distance <= limit;
}
