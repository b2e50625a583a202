import { constants, type Dirent, existsSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import type { LeftOut } from './left-out.ts';
import { unfit } from './name.ts';
import { ArtifactsTooLargeError } from './too-large.ts';

/** A regular file, when it was looked at. */
export type Found = { name: string; path: string };

const MAX_DEPTH = 16;
/** A folder may hold more names than memory does. */
const MAX_ENTRIES = 10_000;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** The regular files below a folder, and what is left out of it. Throws an ArtifactsTooLargeError for more than 10,000 entries. */
export async function* walk(root: string): AsyncGenerator<Found | LeftOut> {
  let entries = 0;

  async function* below(path: string, prefix: string, depth: number): AsyncGenerator<Found | LeftOut> {
    await using folder = await openFolder(path);
    if (folder === undefined) return yield { name: prefix || '.', why: 'it cannot be read, or is no folder any more' };
    const base = throughHandle(folder) ?? path;
    for await (const entry of namesIn(base)) {
      entries += 1;
      if (entries > MAX_ENTRIES) throw new ArtifactsTooLargeError(`more than ${MAX_ENTRIES} files and folders`);
      const bytes = Buffer.from(entry.name, 'latin1');
      const name = `${prefix}${bytes.toString('utf8')}`;
      const why = unfit(bytes, name);
      if (why !== undefined) yield { name, why };
      else yield* look(`${base}/${bytes.toString('utf8')}`, name, depth);
    }
  }

  async function* look(path: string, name: string, depth: number): AsyncGenerator<Found | LeftOut> {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) yield { name, why: 'it is gone' };
    else if (stats.isFile()) yield { name, path };
    else if (!stats.isDirectory()) yield { name, why: `it is ${kindOf(stats)}` };
    else if (depth >= MAX_DEPTH) yield { name, why: `it lies more than ${MAX_DEPTH} folders deep` };
    else yield* below(path, `${name}/`, depth + 1);
  }

  if (existsSync(root)) yield* below(root, '', 1);
}

/** Undefined for what is no folder, or is reached by a link. */
export async function openFolder(path: string): Promise<FileHandle | undefined> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(() => undefined);
}

/** Leads to the very folder that is open, even after a link was put in its place; undefined where there is no such way. */
export function throughHandle({ fd }: FileHandle): string | undefined {
  const path = `/proc/self/fd/${fd}`;
  return existsSync(path) ? path : undefined;
}

/** One character for each byte, since names need not be UTF-8. */
async function* namesIn(path: string): AsyncGenerator<Dirent> {
  yield* await opendir(path, { encoding: 'latin1' });
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
