import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { mediaType, SAMPLE_BYTES } from './media-type.ts';

export type Digest = { type: string; bytes: number; sha256: string };

/** Why a file cannot be kept, as in "it is no regular file any more", and what was read of it all the same. */
export type Unkept = { why: string; bytes: number };

const CHUNK_BYTES = 256 * 1024;
// Without O_NONBLOCK, to open a pipe that was put in the file's place would wait for somebody to write to it.
export const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a file that its writer may change or replace meanwhile. Gives `tooLarge`, without reading it, for more than
 * `maxBytes`.
 */
export async function digest(path: string, name: string, maxBytes: number): Promise<Digest | Unkept | 'tooLarge'> {
  let file: FileHandle;
  try {
    file = await open(path, FILE_FLAGS);
  } catch {
    return { why: 'it cannot be opened', bytes: 0 };
  }
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return { why: 'it is no regular file any more', bytes: 0 };
    if (before.size > BigInt(maxBytes)) return 'tooLarge';
    const bytes = Number(before.size);
    const { sha256, sample, read } = await hash(file, bytes);
    const isSame = read === bytes && isUnchanged(before, await file.stat({ bigint: true }));
    return isSame
      ? { type: mediaType(name, sample), bytes, sha256 }
      : { why: 'it changed while it was read', bytes: read };
  } catch {
    return { why: 'it cannot be read', bytes: 0 };
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
