import type { IncomingMessage } from 'node:http';

/** Prompts with images are large, but no backend takes larger ones. */
export const MAX_REQUEST_MEBIBYTES = 64;

/** All bytes of a request, or undefined when they are too many; then the rest is read, but not kept, so that its client hears the answer. */
export async function readRequest(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (isTooLong(bytes)) chunks.length = 0;
    else chunks.push(chunk);
  }
  return isTooLong(bytes) ? undefined : Buffer.concat(chunks);
}

function isTooLong(bytes: number): boolean {
  return bytes > MAX_REQUEST_MEBIBYTES * 1024 * 1024;
}
