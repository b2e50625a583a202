/** The 97.5 % point of the standard normal distribution: half of what a two-sided 95 % interval leaves out. */
export const Z_95 = 1.959963984540054;

export type Interval = { low: number; high: number };

/**
 * The 95 % score interval of a proportion `rate` that was found in `n` independent trials; `n` may be an effective
 * size, which is no whole number. Ratios from 0 to 1. Source: E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference", JASA 22 (1927); L. Brown, T. Cai, A. DasGupta, "Interval estimation for a
 * binomial proportion", Statistical Science 16 (2001).
 */
export function wilson(rate: number, n: number): Interval {
  const z2 = Z_95 * Z_95;
  const centre = rate + z2 / (2 * n);
  const reach = Z_95 * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  // Rounding must not push the ends past what is certain.
  const low = rate === 0 ? 0 : Math.max(0, (centre - reach) / scale);
  const high = rate === 1 ? 1 : Math.min(1, (centre + reach) / scale);
  return { low, high };
}
