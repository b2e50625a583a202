import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is yes. `check` returns undefined for yes, else what is still missing, in a few words;
 * an error that it throws counts as missing.
 * @throws Error naming what was awaited and what was missing at the end
 */
export async function waitFor(
  awaited: string,
  check: () => Promise<string | undefined>,
  limitSeconds: number,
): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const missing = await check().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (missing === undefined) return;
    if (performance.now() > deadline) throw new Error(`${awaited}: not after ${limitSeconds} s: ${missing}`);
    await sleep(100);
  }
}
