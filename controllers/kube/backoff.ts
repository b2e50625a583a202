/**
 * `base` doubling with each failure up to `max`, less up to half of it at random, so that many do not come back at once.
 * @param failures 1 for the first
 */
export function backoffMilliseconds(failures: number, base: number, max: number, random = Math.random): number {
  const full = Math.min(max, base * 2 ** Math.min(failures - 1, 40));
  return full * (1 - random() / 2);
}
