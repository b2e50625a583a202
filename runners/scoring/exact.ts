import type { Expectation } from '../../crds/job-file.ts';
import { fold } from './fold.ts';

/** Whether the whole answer is the expected text, white space at both ends aside. */
export function exact(answer: string, expected: NonNullable<Expectation['exact']>): boolean {
  return fold(answer.trim(), expected.ignoreCase) === fold(expected.value.trim(), expected.ignoreCase);
}
