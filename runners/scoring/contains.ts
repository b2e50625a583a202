import type { Expectation } from '../../crds/job-file.ts';
import { fold } from './fold.ts';

/** Whether the answer holds each of `all`, at least one of `any`, and none of `none`; lists that are not given hold. */
export function contains(
  answer: string,
  { all, any, none, ignoreCase }: NonNullable<Expectation['contains']>,
): boolean {
  const text = fold(answer, ignoreCase);
  const holds = (part: string): boolean => text.includes(fold(part, ignoreCase));
  return (all?.every(holds) ?? true) && (any?.some(holds) ?? true) && !(none?.some(holds) ?? false);
}
