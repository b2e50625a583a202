import type { Prices } from './job-file.ts';

/** Tokens of one or more model calls; `cachedTokens` are among `inputTokens`. */
export type BilledTokens = { inputTokens: number; outputTokens: number; cachedTokens: number };

const MICRO_DIGITS = 6;

/** Millionths of a US dollar of a decimal string with at most six digits after the point, such as "0.50" → 500000. */
export function microUSD(decimal: string): number {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return Number(whole) * 10 ** MICRO_DIGITS + Number(fraction.padEnd(MICRO_DIGITS, '0'));
}

/**
 * Cost in millionths of a US dollar, rounded up to a whole one once, at the end, so that a budget is never exceeded by
 * rounding. Prices are US dollars for a million tokens; cached input costs the input price where it has none of its own.
 */
export function costMicroUSD(tokens: BilledTokens, prices: Prices): number {
  const input = BigInt(microUSD(prices.inputPerMillionTokensUSD));
  const output = BigInt(microUSD(prices.outputPerMillionTokensUSD));
  const cached = BigInt(microUSD(prices.cachedInputPerMillionTokensUSD ?? prices.inputPerMillionTokensUSD));
  const cachedTokens = Math.min(tokens.cachedTokens, tokens.inputTokens);
  const total =
    BigInt(tokens.inputTokens - cachedTokens) * input +
    BigInt(cachedTokens) * cached +
    BigInt(tokens.outputTokens) * output;
  const million = 1_000_000n;
  return Number((total + million - 1n) / million);
}
