import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { mediaType, SAMPLE_BYTES } from './media-type.ts';

export type Digest = { type: string; bytes: number; sha256: string };

const CHUNK_BYTES = 256 * 1024;
// Without O_NONBLOCK, to open a pipe that was put in the file's place would wait for somebody to write to it.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a file that its writer may change or replace meanwhile. Gives why it cannot be kept, as in "it is no regular file
 * any more"; and `tooLarge`, without reading it, for more than `maxBytes`.
 */
export async function digest(path: string, name: string, maxBytes: number): Promise<Digest | 'tooLarge' | string> {
  let file: FileHandle;
  try {
    file = await open(path, FLAGS);
  } catch {
    return 'it cannot be opened';
  }
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return 'it is no regular file any more';
    if (before.size > BigInt(maxBytes)) return 'tooLarge';
    const bytes = Number(before.size);
    const { sha256, sample, read } = await hash(file, bytes);
    const isSame = read === bytes && isUnchanged(before, await file.stat({ bigint: true }));
    return isSame ? { type: mediaType(name, sample), bytes, sha256 } : 'it changed while it was read';
  } catch {
    return 'it cannot be read';
  } finally {
    await file.close();
  }
}

async function hash(file: FileHandle, bytes: number): Promise<{ sha256: string; sample: Buffer; read: number }> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let sample: Buffer = Buffer.alloc(0);
  let read = 0;
  while (read < bytes) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, bytes - read), read);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    if (read === 0) sample = Buffer.from(part.subarray(0, SAMPLE_BYTES));
    hash.update(part);
    read += bytesRead;
  }
  return { sha256: hash.digest('hex'), sample, read };
}

function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}
