import { cutBytes, printable } from '../protocol/text.ts';

const KEPT_BYTES = 4096;
const TOLD_BYTES = 1024;

/** The end of what a driver writes to standard error. */
export class StderrTail {
  #end: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    // Copied in either case, since a part of a chunk would hold all of it.
    this.#end = Buffer.concat([this.#end, chunk.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
  }

  /** The last lines, printable, at most 1 KiB; the first of them may be cut. */
  text(): string {
    const lines = printable(this.#end.toString('utf8')).trim().split('\n');
    const last: string[] = [];
    let bytes = 0;
    for (const line of lines.reverse()) {
      bytes += Buffer.byteLength(line) + 1;
      if (bytes > TOLD_BYTES && last.length > 0) break;
      last.unshift(cutBytes(line, TOLD_BYTES));
    }
    return last.join('\n');
  }
}
