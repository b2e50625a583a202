import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Artifact } from './collect.ts';
import { FILE_FLAGS } from './digest.ts';
import { openFolder, throughHandle } from './walk.ts';

/** An artifact is not what it was when it was collected; the message says why, as in "it changed after it was found". */
export class ChangedArtifactError extends Error {
  override name = 'ChangedArtifactError';
}

const CHUNK_BYTES = 256 * 1024;

/**
 * The content of an artifact, read once more below the folder that its writer may still change. Throws a
 * {@link ChangedArtifactError}, at the latest after the last chunk, when it is not the content that was collected; no more than
 * its length is read.
 */
export async function* rereadArtifact(root: string, { name, bytes, sha256 }: Artifact): AsyncGenerator<Buffer> {
  await using file = await reopen(root, name);
  if (file === undefined || !(await file.stat()).isFile()) throw new ChangedArtifactError(CHANGED);
  const hash = createHash('sha256');
  let read = 0;
  // One byte more than it had would tell that it grew.
  while (read <= bytes) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes + 1 - read));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, read);
    if (bytesRead === 0) break;
    read += bytesRead;
    if (read > bytes) throw new ChangedArtifactError(CHANGED);
    hash.update(chunk.subarray(0, bytesRead));
    yield chunk.subarray(0, bytesRead);
  }
  if (read !== bytes || hash.digest('hex') !== sha256) throw new ChangedArtifactError(CHANGED);
}

const CHANGED = 'it changed after it was found';

/** Opens each folder on the way by itself, so that no link is followed, in whatever moment it is put there. */
async function reopen(root: string, name: string): Promise<FileHandle | undefined> {
  const folders = name.split('/');
  const last = folders.pop() ?? '';
  let path = root;
  await using opened = new AsyncDisposableStack();
  for (const folder of ['', ...folders]) {
    path = folder === '' ? path : `${path}/${folder}`;
    const handle = await openFolder(path);
    if (handle === undefined) return undefined;
    opened.use(handle);
    path = throughHandle(handle) ?? path;
  }
  return open(`${path}/${last}`, FILE_FLAGS).catch(() => undefined);
}
