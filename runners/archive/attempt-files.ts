import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Artifact } from '../artifacts/collect.ts';
import type { JSONObject } from '../meter/reading.ts';

/** What an attempt leaves besides its report. */
export type Leavings = {
  /** Its event lines, as they were written. */
  lines: string[];
  /** The whole answer. */
  answer?: string;
  findings?: JSONObject[];
  artifacts: readonly Artifact[];
  /** The folder that they lie in. */
  artifactsFolder?: string;
};

/** A file of the archive. `name` is its path below the attempt's folder. */
export type ArchiveFile = {
  name: string;
  type: string;
  /** Of the content; of an artifact what was found when it was kept. */
  sha256: string;
  bytes: number;
  /** Opens the content; a stream must be read to its end, or destroyed. */
  open: () => Promise<Uint8Array | Readable>;
};

const compress = promisify(zstdCompress);

/** All files of an attempt but its result.json. */
export async function filesOf({
  lines,
  answer,
  findings,
  artifacts,
  artifactsFolder,
}: Leavings): Promise<ArchiveFile[]> {
  const events = await compress(Buffer.from(lines.join('')));
  return [
    file('events.jsonl.zst', 'application/zstd', events),
    ...(answer === undefined ? [] : [file('answer.md', 'text/markdown; charset=utf-8', Buffer.from(answer))]),
    ...(findings === undefined || findings.length === 0
      ? []
      : [file('findings.json', 'application/json', Buffer.from(JSON.stringify(findings)))]),
    ...(artifactsFolder === undefined ? [] : artifacts.map((artifact) => artifactFile(artifactsFolder, artifact))),
  ];
}

function file(name: string, type: string, content: Uint8Array): ArchiveFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name, type, sha256, bytes: content.length, open: async () => content };
}

/** Below this a file is read at once, so that a failed request can be made again. */
const SMALL_BYTES = 5 * 1024 * 1024;

function artifactFile(folder: string, { name, type, sha256, bytes }: Artifact): ArchiveFile {
  return { name: `artifacts/${name}`, type, sha256, bytes, open: () => openArtifact(join(folder, name), bytes) };
}

// No link that took the file's place is followed, and nobody is waited for at a pipe.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The agent may have changed it meanwhile: no more is read than was found, and its sha256 tells a reader. */
async function openArtifact(path: string, bytes: number): Promise<Uint8Array | Readable> {
  const handle = await open(path, FLAGS);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size < bytes) throw new Error('it is not the file that was found');
    if (bytes <= SMALL_BYTES) return await readAll(handle, bytes);
    return handle.createReadStream({ start: 0, end: bytes - 1, autoClose: true });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readAll(handle: FileHandle, bytes: number): Promise<Uint8Array> {
  const content = Buffer.alloc(bytes);
  for (let read = 0; read < bytes; ) {
    const { bytesRead } = await handle.read(content, read, bytes - read, read);
    if (bytesRead === 0) throw new Error('it became shorter');
    read += bytesRead;
  }
  await handle.close();
  return content;
}
