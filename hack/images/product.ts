import { cp, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached, cacheKey, hashFiles, listFiles } from '../cluster/cache.ts';
import { checkoutAt } from '../cluster/checkout.ts';
import { run } from '../cluster/command.ts';
import { step } from '../cluster/progress.ts';
import { type BuiltImage, buildImage } from './build.ts';
import { nodeBaseImage } from './node-base.ts';

const sources = ['crds', 'controllers', 'runners'];
const manifests = ['package.json', 'package-lock.json', '.npmrc'];

/** Builds the product image of this checkout, unless its inputs are unchanged. */
export async function buildProductImage(): Promise<BuiltImage> {
  const { root } = checkoutAt();
  const files = await productFiles(root);
  const dockerfile = join(import.meta.dirname, 'Dockerfile');
  const dependencies = await dependenciesKey(root);
  return await buildImage({
    name: 'rune',
    dockerfile,
    base: await nodeBaseImage(),
    context: {
      key: cacheKey({ dependencies, files: await hashFiles(root, files) }),
      stage: async (dir) => {
        await run('cp', ['-a', join(await productionDependencies(root, dependencies), 'node_modules'), dir]);
        for (const file of [...files, 'package.json']) await cp(join(root, file), join(dir, file));
        await run('chmod', ['-R', 'a+rX', dir]); // The container's user is another than the one who builds.
      },
    },
  });
}

/** What the product consists of: no tests, no examples. Paths below the root of the checkout. */
async function productFiles(root: string): Promise<string[]> {
  const all = await listFiles(sources.map((source) => join(root, source)));
  return all.map((file) => file.slice(root.length + 1)).filter((path) => isProductFile(path) && !isForAgents(path));
}

export function isProductFile(path: string): boolean {
  return !/\.test\.ts$|(^|\/)(examples|simulation|testing|testdata)\/|Dockerfile$|\.md$/.test(path);
}

/** What goes into the images of agents, and what people start their drivers from. */
export function isForAgents(path: string): boolean {
  return /^runners\/(images\/|templates\/|agent-host\.ts$)/.test(path);
}

async function dependenciesKey(root: string): Promise<string> {
  const { dependencies, overrides } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies?: object;
    overrides?: object;
  };
  return cacheKey({
    manifest: JSON.stringify({ dependencies, overrides }),
    lock: await hashFiles(root, ['package-lock.json']),
    unread: isUnread.toString(),
    arch: process.arch,
  });
}

/** A cached folder with `node_modules` as `npm ci --omit=dev` makes it, with the npm configuration of the user. */
async function productionDependencies(root: string, key: string): Promise<string> {
  return await cached('production-dependencies', key, async (target) => {
    for (const file of manifests) await cp(join(root, file), join(target, file));
    await step('install production dependencies', async () =>
      run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: target }),
    );
    for (const file of manifests) await rm(join(target, file));
    await removeUnread(join(target, 'node_modules'));
  });
}

/** Half of all files in packages are read by compilers, debuggers and people only. Licences stay. */
async function removeUnread(dir: string): Promise<void> {
  const unread = (await listFiles([dir])).filter(isUnread);
  await Promise.all(unread.map(async (file) => rm(file)));
}

export function isUnread(path: string): boolean {
  return /\.(d\.[cm]?ts|map|md|markdown)$/i.test(path) && !/licen[cs]e|notice/i.test(basename(path));
}
