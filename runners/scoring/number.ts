import type { Expectation } from '../../crds/job-file.ts';
import { type Decimal, isWithin, parseDecimal } from './decimal.ts';

/** Whether the last number of the answer lies within the tolerance of the expected one. Throws for an expectation that is no decimal. */
export function number(found: string | undefined, { value, tolerance }: NonNullable<Expectation['number']>): boolean {
  const expected = decimal(value, 'value');
  const limit = decimal(tolerance ?? '0', 'tolerance');
  const given = found === undefined ? undefined : parseDecimal(found);
  return given !== undefined && isWithin(given, expected, limit);
}

function decimal(text: string, field: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === undefined) throw new Error(`number.${field} must be a decimal number`);
  return parsed;
}
