import type { Expectation } from '../../crds/job-file.ts';

/** Whether the calls, one name each, hold each of `all`, at least one of `any`, none of `none`, and are neither more than `max` nor fewer than `min`. */
export function toolCalls(
  called: readonly string[],
  { all, any, none, max, min }: NonNullable<Expectation['toolCalls']>,
): boolean {
  const names = new Set(called);
  const holds = (name: string): boolean => names.has(name);
  return (
    (all?.every(holds) ?? true) &&
    (any?.some(holds) ?? true) &&
    !(none?.some(holds) ?? false) &&
    called.length <= (max ?? Number.POSITIVE_INFINITY) &&
    called.length >= (min ?? 0)
  );
}
