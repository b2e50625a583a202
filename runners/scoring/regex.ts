import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Expectation } from '../../crds/job-file.ts';

/** In UTF-16 code units. A common pattern takes up to a tenth of a second for them, and a question may have 16. */
export const MAX_SEARCHED_LENGTH = 256 * 1024;

/** Whether the RE2 pattern matches somewhere in the beginning of the answer, in time linear in its length. Throws for a pattern that is not RE2 syntax. */
export function regex(answer: string, { pattern, ignoreCase }: NonNullable<Expectation['regex']>): boolean {
  const flags = ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0;
  return compile(pattern, flags).matcher(answer.slice(0, MAX_SEARCHED_LENGTH)).find();
}

function compile(pattern: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(pattern, flags);
  } catch (error) {
    // Not the exception's message: it quotes the pattern, and with it the expected answer.
    const why = error instanceof RE2JSSyntaxException ? `: ${error.getDescription()}` : '';
    throw new Error(`regex.pattern is not RE2 syntax${why}`, { cause: error });
  }
}
