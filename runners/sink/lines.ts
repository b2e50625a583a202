import { writeSync } from 'node:fs';

/** Where whole lines go. */
export type LineSink = {
  /** Takes a line, and calls `written` once all of it is written; never, if that cannot be. */
  write(line: string, written: () => void): void;
  /** Waits, for a bounded time, until all lines are written. Those that then are not never will be. */
  drain(): void;
};

const DRAIN_MILLISECONDS = 3_000;
const PAUSE_MILLISECONDS = 5;

/**
 * Writes lines to a file descriptor at once as far as its reader keeps up, and the rest later, so that a slow reader
 * delays nothing before {@link LineSink.drain}. A pipe must be set to non-blocking. A reader that is gone, or that does
 * not keep up with the drain, ends the writing, perhaps within a line; it never ends the process.
 */
export function lineSink(
  descriptor: number,
  write: (descriptor: number, bytes: Uint8Array) => number = writeSync,
  pause: (milliseconds: number) => void = sleepSync,
): LineSink {
  let waiting: { rest: Uint8Array; written: () => void }[] = [];
  let isClosed = false;

  /** Writes what the reader takes now. */
  function flush(): void {
    let done = 0;
    for (const line of waiting) {
      line.rest = line.rest.subarray(tryWrite(line.rest));
      if (line.rest.length > 0) break;
      line.written();
      done += 1;
    }
    waiting = waiting.slice(done);
  }

  function tryWrite(bytes: Uint8Array): number {
    if (isClosed) return 0;
    try {
      return write(descriptor, bytes);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isFull) isClosed = true;
      return 0;
    }
  }

  return {
    write(line, written) {
      waiting.push({ rest: Buffer.from(line), written });
      flush();
    },
    drain() {
      flush();
      for (let waited = 0; waiting.length > 0 && !isClosed; waited += PAUSE_MILLISECONDS) {
        if (waited >= DRAIN_MILLISECONDS) isClosed = true;
        else pause(PAUSE_MILLISECONDS);
        flush();
      }
    },
  };
}

function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
