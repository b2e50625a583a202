import type { IncomingMessage } from 'node:http';
import { ByteBuffer } from '../protocol/byte-buffer.ts';

const MEBI = 1024 * 1024;

/** Prompts with images are large. To be read, a request takes several times its size of the runner's memory. */
export const MAX_REQUEST_MEBIBYTES = 16;
/** Of all requests together that are not answered yet. */
const MAX_HELD_MEBIBYTES = 32;

/** The memory for requests, whoever sends how many at the same time. */
export class RequestRoom {
  #free = MAX_HELD_MEBIBYTES * MEBI;

  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * All bytes of a request, which stay taken from the room; or undefined when they, or those of all requests together, are
 * too many: then the rest is read, but not kept, so that its client hears the answer.
 */
export async function readRequest(request: IncomingMessage, room: RequestRoom): Promise<Buffer | undefined> {
  const kept = new ByteBuffer();
  let bytes = 0;
  let taken = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // Once one was not kept, none is any more.
      const isKept = bytes <= MAX_REQUEST_MEBIBYTES * MEBI && bytes === taken + chunk.length && room.take(chunk.length);
      if (isKept) {
        kept.push(chunk);
        taken = bytes;
      } else kept.take();
    }
    if (taken < bytes) return undefined;
    taken = 0; // It is the caller's now.
    return kept.take();
  } finally {
    room.giveBack(taken);
  }
}
