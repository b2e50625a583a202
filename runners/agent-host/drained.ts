import type { Readable } from 'node:stream';

/** For output that a process holds open which could not be found. */
const MILLISECONDS = 1_000;

/** Waits until all that a process wrote before its end is read. `closed` is when nobody holds its output any more. */
export async function drained(child: { stdout: Readable; stderr: Readable }, closed: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, MILLISECONDS);
  await closed;
  clearTimeout(timer);
}
