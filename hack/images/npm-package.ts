import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../cluster/command.ts';

/** A package at one version; `integrity` is `sha512-<base64>` of its tarball, as in package-lock.json. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/**
 * Fetches a package from the user's npm registry and lays its files out in `target`, which is made; nothing of it runs.
 * @throws Error when what came is not what is pinned
 */
export async function unpackNpmPackage({ name, version, integrity }: PinnedPackage, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  // The tarball's name is printed last; npm's configuration decides what else is.
  const printed = await run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: target });
  const tarball = join(target, printed.trim().split('\n').at(-1) ?? '');
  await checkIntegrity(tarball, integrity);
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  await rm(tarball);
}

/** @throws Error when the file is another one */
export async function checkIntegrity(file: string, integrity: string): Promise<void> {
  const hash = createHash('sha512').update(await readFile(file));
  const found = `sha512-${hash.digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} has integrity ${found}, expected ${integrity}`);
}
