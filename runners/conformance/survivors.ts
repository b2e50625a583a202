import { setTimeout as wait } from 'node:timers/promises';

/** In which a process that was told to end may end. */
const MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 20;

/** The processes that are still found after a moment. */
export async function survivors(find: () => string[]): Promise<string[]> {
  let found = find();
  for (let waited = 0; found.length > 0 && waited < MILLISECONDS; waited += POLL_MILLISECONDS) {
    await wait(POLL_MILLISECONDS);
    found = find();
  }
  return found;
}
