/**
 * The quantile at `p` (0 to 1) of values in ascending order, between two neighbours by linear interpolation; undefined
 * for no values. Source: R. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50
 * (1996), type 7, which R, NumPy and spreadsheets use.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (place - below) * (high - low);
}
