/**
 * The p-values adjusted for being several, in their order: whoever rejects those at most alpha is wrong in any of them
 * with a probability of at most alpha. Source: S. Holm, "A simple sequentially rejective multiple test procedure",
 * Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((value, place) => ({ value, place })).toSorted((a, b) => a.value - b.value);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let least = 0;
  for (const [rank, { value, place }] of order.entries()) {
    least = Math.max(least, Math.min(1, value * (pValues.length - rank)));
    adjusted[place] = least;
  }
  return adjusted;
}
