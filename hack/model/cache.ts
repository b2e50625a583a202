import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where models and what is built from them are kept, outside the checkout. */
export function modelCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'rune', 'models');
}

/**
 * Makes `path` (a file or a folder) once: `build` fills a new folder beside it and returns what to move there.
 * Two processes may do this at once and one may be killed: `path` exists only when it is whole.
 */
export async function makeOnce(path: string, build: (scratch: string) => Promise<string>): Promise<void> {
  if (await exists(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const scratch = await mkdtemp(`${path}.tmp-`);
  try {
    const made = await build(scratch);
    await rename(made, path).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
