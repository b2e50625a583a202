import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey } from '../cluster/cache.ts';
import { cacheDir, checkoutAt } from '../cluster/checkout.ts';
import { run, succeeds } from '../cluster/command.ts';
import { withLock } from '../cluster/lock.ts';
import { step } from '../cluster/progress.ts';
import { buildah, imageEngine } from './engine.ts';

const dockerfile = join(import.meta.dirname, 'node-base.Dockerfile');
const debian = 'bookworm';
const debianPackages = ['ca-certificates', 'libstdc++6'];
/** Nothing in a container reads these, and they are a third of a minimal Debian. */
const unneeded = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'var/lib/apt/lists'];

/** The reference of an image with Node 24 on Debian that Dockerfiles take as `ARG BASE`; built where none can be pulled. */
export async function nodeBaseImage(): Promise<string> {
  if ((await imageEngine()) !== 'buildah') return 'node:24-slim';
  const version = await nodeVersion();
  const inputs = { version, debian, packages: debianPackages.join(' '), unneeded: unneeded.join(' ') };
  const key = cacheKey({ ...inputs, dockerfile: await readFile(dockerfile, 'utf8'), arch: process.arch });
  const ref = `localhost/rune-node-base:${key}`;
  await withLock(join(cacheDir(), 'locks', 'images'), async () => {
    if (await hasImage(ref)) return;
    await step(`build a base image: Debian ${debian} with Node ${version}`, async () => build(ref, version));
  });
  return ref;
}

async function hasImage(ref: string): Promise<boolean> {
  return await buildah(['inspect', '--type', 'image', ref]).then(
    () => true,
    () => false,
  );
}

async function build(ref: string, version: string): Promise<void> {
  const dir = join(cacheDir(), 'node-base.partial');
  const root = join(dir, 'rootfs');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const include = `--include=${debianPackages.join(',')}`;
  await run('unshare', ['--mount', 'debootstrap', '--variant=minbase', include, debian, root]);
  await Promise.all(unneeded.map(async (path) => rm(join(root, path), { recursive: true, force: true })));
  await run('sh', ['-c', 'rm -f rootfs/var/cache/apt/archives/*.deb rootfs/var/log/*.log'], { cwd: dir });
  await addNode(dir, root, version);
  await run('tar', ['--exclude=./dev/*', '--numeric-owner', '-C', root, '-cf', join(dir, 'rootfs.tar'), '.']);
  await rm(root, { recursive: true, force: true });
  await buildah(['build', '--quiet', '--isolation', 'chroot', '--file', dockerfile, '--tag', ref, dir]);
  await rm(dir, { recursive: true, force: true });
}

/** The npm registry carries Node's own binaries, a package for each platform. */
async function addNode(dir: string, root: string, version: string): Promise<void> {
  const file = (await run('npm', ['pack', '--silent', `node-linux-${process.arch}@${version}`], { cwd: dir })).trim();
  await run('tar', ['-xzf', file, 'package/bin/node'], { cwd: dir });
  await run('install', ['-D', '--mode=755', join(dir, 'package/bin/node'), join(root, 'usr/local/bin/node')]);
  if (!(await succeeds('chroot', [root, 'node', '--version'])))
    throw new Error(`Node ${version} does not run in ${root}`);
}

/** The version of Node that this checkout develops with. */
async function nodeVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(checkoutAt().root, 'package.json'), 'utf8')) as {
    devDependencies?: { node?: string };
  };
  const version = manifest.devDependencies?.node;
  if (!version) throw new Error('package.json names no version of Node in devDependencies.node');
  return version;
}
