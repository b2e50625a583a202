import { mkdirSync, mkdtempSync } from 'node:fs';
import { chmod, lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Private folders of one request. */
export type Folders = { root: string; home: string; tmp: string };

export function makeFolders(scratch: string): Folders {
  const root = mkdtempSync(join(scratch, 'rune-'));
  const folders = { root, home: join(root, 'home'), tmp: join(root, 'tmp') };
  mkdirSync(folders.home);
  mkdirSync(folders.tmp);
  return folders;
}

/** Removes a folder even where the agent took its own rights away. What cannot be removed stays until the container ends. */
export async function removeFolder(root: string): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true });
  } catch {
    await forEachEntry(root, async (path, isFolder) => isFolder && chmod(path, 0o700));
    await rm(root, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Lets the group read what lies in a folder, since another user of it does. Links are not followed. */
export async function shareWithGroup(root: string): Promise<void> {
  await forEachEntry(root, async (path, isFolder) => {
    const { mode } = await lstat(path);
    await chmod(path, (mode & 0o7777) | (isFolder ? 0o750 : 0o040));
  });
}

/** More than anybody reads, so that a folder that is full of files takes no time. */
const MAX_ENTRIES = 10_000;

/** Acts on a folder, and on files and folders in it, each before what lies in it. What fails is left out. */
async function forEachEntry(root: string, act: (path: string, isFolder: boolean) => Promise<unknown>): Promise<void> {
  const folders = [root];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      await act(folder, true);
      for await (const entry of await opendir(folder)) {
        if (++count > MAX_ENTRIES) return;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) await act(path, false).catch(() => undefined);
      }
    } catch {
      // Another user's, or gone.
    }
  }
}
