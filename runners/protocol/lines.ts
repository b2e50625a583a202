import { ByteBuffer } from './byte-buffer.ts';

const LF = 0x0a;
const CR = 0x0d;

/** A line has more bytes than the protocol allows. */
export class LineTooLongError extends Error {
  override name = 'LineTooLongError';
}

/** Cuts a stream of bytes into lines, and holds no more than one line of it. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #begun = new ByteBuffer();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that are complete with this chunk, without their ends. Throws a LineTooLongError as soon as a line is too long. */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const part = chunk.subarray(start, end);
      start = end + 1;
      yield this.#line(part);
    }
    this.#keep(chunk.subarray(start));
  }

  /** What came after the last end of a line; undefined for nothing. */
  end(): Buffer | undefined {
    return this.#begun.length === 0 ? undefined : withoutCR(this.#begun.take());
  }

  #line(last: Buffer): Buffer {
    if (this.#begun.length > 0) {
      this.#keep(last);
      return withoutCR(this.#begun.take());
    }
    this.#check(last);
    return withoutCR(last);
  }

  #keep(part: Buffer): void {
    this.#check(part);
    if (part.length > 0) this.#begun.push(part);
  }

  #check(part: Buffer): void {
    if (this.#begun.length + part.length > this.#maxBytes)
      throw new LineTooLongError(`a line has more than ${this.#maxBytes} bytes`);
  }
}

function withoutCR(line: Buffer): Buffer {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
