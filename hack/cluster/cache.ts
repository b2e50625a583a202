import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { cacheDir } from './checkout.ts';
import { isLocked, withLock } from './lock.ts';

const partialEnd = '.partial';

/** A key of 16 hexadecimal digits that changes when any input does; the order of the inputs does not matter. */
export function cacheKey(inputs: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(inputs).sort()) {
    const value = inputs[name] ?? '';
    hash.update(`${name.length}:${name}=${value.length}:${value};`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** A hash over names, contents and execute bits of files; folders are taken with all that is in them. */
export async function hashFiles(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await listFiles(paths.map((path) => join(root, path)))) {
    const content = await readFile(file);
    const isExecutable = ((await stat(file)).mode & 0o100) !== 0;
    hash.update(`${relative(root, file)}\0${isExecutable}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** All files below the given files and folders, sorted. */
export async function listFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    found.push(...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)));
  }
  return found.sort();
}

/** The folder of a cache entry, whether or not it is there. */
export function cachePath(kind: string, key: string): string {
  return join(cacheDir(), kind, key);
}

/** The folder of a cache entry; `build` fills it when it is not there yet. An entry is whole or absent. */
export async function cached(kind: string, key: string, build: (dir: string) => Promise<void>): Promise<string> {
  const path = cachePath(kind, key);
  if (existsSync(path)) return path;
  await removeAbandoned(kind);
  return await withLock(lockOf(kind, key), async () => {
    if (existsSync(path)) return path;
    const partial = `${path}${partialEnd}`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    await build(partial);
    await rename(partial, path);
    return path;
  });
}

/** Removes what builds of other keys left when they were killed. */
async function removeAbandoned(kind: string): Promise<void> {
  const dir = join(cacheDir(), kind);
  const partials = existsSync(dir) ? (await readdir(dir)).filter((name) => name.endsWith(partialEnd)) : [];
  for (const partial of partials) {
    const lock = lockOf(kind, partial.slice(0, -partialEnd.length));
    if (await isLocked(lock)) continue;
    await withLock(lock, async () => rm(join(dir, partial), { recursive: true, force: true }));
  }
}

function lockOf(kind: string, key: string): string {
  return join(cacheDir(), 'locks', `${kind}-${key}`);
}
