import { AnswerTooLongError, MAX_FRAME_BYTES } from './answer-bounds.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream of bytes into frames, their ends included. Concatenated, the frames are the stream. */
export class Splitter {
  readonly #frames: 'events' | 'lines';
  #rest: Buffer = Buffer.alloc(0);
  /** Begins with `rest` and has room for more, so that a long frame is not copied with each chunk of it. */
  #room: Buffer | undefined;
  /** Where in `rest` no end can be before. */
  #searched = 0;

  constructor(frames: 'events' | 'lines') {
    this.#frames = frames;
  }

  /** The frames that are complete with this chunk. Throws an AnswerTooLongError for a frame of more than 8 MiB. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : this.#append(chunk);
    const frames: Buffer[] = [];
    let start = 0;
    for (let end = this.#end(bytes, this.#searched); end !== undefined; end = this.#end(bytes, end)) {
      frames.push(bytes.subarray(start, end));
      start = end;
    }
    this.#rest = bytes.subarray(start);
    // Frames that were given away are parts of it.
    if (start > 0) this.#room = undefined;
    if (this.#rest.length > MAX_FRAME_BYTES) throw new AnswerTooLongError('8 MiB in one event');
    // An event's end is up to three bytes that may come in several chunks.
    this.#searched = Math.max(0, this.#rest.length - 3);
    return frames;
  }

  /** What came after the last complete frame. */
  end(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#room = undefined;
    return rest;
  }

  #append(chunk: Buffer): Buffer {
    const length = this.#rest.length + chunk.length;
    let room = this.#room;
    if (room === undefined || room.length < length) {
      room = Buffer.allocUnsafe(2 * length);
      this.#rest.copy(room);
      this.#room = room;
    }
    chunk.copy(room, this.#rest.length);
    return room.subarray(0, length);
  }

  #end(bytes: Buffer, from: number): number | undefined {
    for (let lf = bytes.indexOf(LF, from); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
      if (this.#frames === 'lines') return lf + 1;
      if (bytes[lf + 1] === LF) return lf + 2;
      if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
    }
    return undefined;
  }
}
