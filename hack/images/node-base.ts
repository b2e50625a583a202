import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey } from '../cluster/cache.ts';
import { cacheDir, checkoutAt } from '../cluster/checkout.ts';
import { run, succeeds } from '../cluster/command.ts';
import { withLock } from '../cluster/lock.ts';
import { step } from '../cluster/progress.ts';
import { buildah, buildahHolds, imageEngine } from './engine.ts';
import { type PinnedPackage, unpackNpmPackage } from './npm-package.ts';

const dockerfile = join(import.meta.dirname, 'node-base.Dockerfile');
const debian = 'bookworm';
const debianPackages = ['ca-certificates', 'libstdc++6'];
/** package-lock.json does not hold these packages: what it holds fetches them by a script. */
const pinned: { readonly version: string; readonly integrity: Readonly<Record<string, string>> } = {
  version: '24.21.0',
  integrity: {
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};
/** Nothing in a container reads these, and they are a third of a minimal Debian. */
const unneeded = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'var/lib/apt/lists'];

/** The reference of an image with Node 24 on Debian that Dockerfiles take as `ARG BASE`; built where none can be pulled. */
export async function nodeBaseImage(): Promise<string> {
  if ((await imageEngine()) !== 'buildah') return 'node:24-bookworm-slim';
  const version = await nodeVersion();
  const inputs = { version, debian, packages: debianPackages.join(' '), unneeded: unneeded.join(' ') };
  const key = cacheKey({ ...inputs, dockerfile: await readFile(dockerfile, 'utf8'), arch: process.arch });
  const ref = `localhost/rune-node-base:${key}`;
  await withLock(join(cacheDir(), 'locks', 'images'), async () => {
    if (await buildahHolds(ref)) return;
    await step(`build a base image: Debian ${debian} with Node ${version}`, async () => build(ref, version));
  });
  return ref;
}

/** The package with Node's binary. @throws Error for a version or a processor that is not pinned here */
export function nodePackage(version: string, arch: string): PinnedPackage {
  const integrity = version === pinned.version ? pinned.integrity[arch] : undefined;
  if (integrity !== undefined) return { name: `node-linux-${arch}`, version, integrity };
  throw new Error(
    `hack/images/node-base.ts pins no Node ${version} for ${arch}: write it there; npm view node-linux-${arch}@${version} dist.integrity says what npm has`,
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
  const unpacked = join(dir, 'node');
  await unpackNpmPackage(nodePackage(version, process.arch), unpacked);
  await run('install', ['-D', '--mode=755', join(unpacked, 'bin/node'), join(root, 'usr/local/bin/node')]);
  await rm(unpacked, { recursive: true });
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
