import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, hashFiles } from '../cluster/cache.ts';
import { cacheDir } from '../cluster/checkout.ts';
import { run, succeeds } from '../cluster/command.ts';
import { withLock } from '../cluster/lock.ts';
import { step } from '../cluster/progress.ts';
import { withScratch } from '../cluster/scratch.ts';
import { buildah, imageEngine } from './engine.ts';

/** A build context that is only laid out when the image must really be built. */
export interface StagedContext {
  /** Changes with everything that `stage` would write. */
  readonly key: string;
  /** Writes the context into an empty folder. */
  readonly stage: (dir: string) => Promise<void>;
}

export interface ImageRequest {
  /** The image becomes `localhost/<name>:dev-<hash of all inputs>`. */
  readonly name: string;
  /** Path of the Dockerfile. */
  readonly dockerfile: string;
  /** A folder, taken whole, or a staged context. */
  readonly context: string | StagedContext;
  /** Value of the Dockerfile's `ARG BASE`; left out where it has none. */
  readonly base?: string;
}

export interface BuiltImage {
  readonly ref: string;
  /** File with the image in Docker's archive format; undefined where a container engine holds it. */
  readonly archive: string | undefined;
}

/** Archives of one image that are kept in the cache: two checkouts may each be at a version of their own. */
const keptArchives = 4;

/** Builds an image, unless one with the same inputs is there. @throws Error with the end of the build's output */
export async function buildImage(request: ImageRequest): Promise<BuiltImage> {
  const ref = `localhost/${request.name}:dev-${await imageKey(request)}`;
  const engine = await imageEngine();
  if (engine === 'buildah') return await buildWithBuildah(request, ref);
  if (!(await succeeds(engine, ['image', 'inspect', ref]))) {
    await step(`build ${ref}`, async () =>
      withContext(request, async (context) => {
        await run(engine, ['build', '--quiet', ...buildArgs(request, ref), context]);
      }),
    );
  }
  return { ref, archive: undefined };
}

async function buildWithBuildah(request: ImageRequest, ref: string): Promise<BuiltImage> {
  const dir = join(cacheDir(), 'images');
  const archive = join(dir, `${ref.replace(/^localhost\//, '').replace(':', '_')}.tar`);
  await mkdir(dir, { recursive: true });
  await withLock(join(cacheDir(), 'locks', 'images'), async () => {
    if (!existsSync(archive)) await step(`build ${ref}`, async () => buildArchive(request, ref, archive));
    await utimes(archive, new Date(), new Date());
    await removeOldArchives(dir, request.name);
  });
  return { ref, archive };
}

async function buildArchive(request: ImageRequest, ref: string, archive: string): Promise<void> {
  const partial = `${archive}.partial`;
  await rm(partial, { force: true });
  await withContext(request, async (context) => {
    await buildah(['build', '--quiet', '--isolation', 'chroot', '--layers=false', ...buildArgs(request, ref), context]);
  });
  await buildah(['push', '--quiet', ref, `docker-archive:${partial}:${ref}`]);
  await buildah(['rmi', ref]);
  await rename(partial, archive);
}

function buildArgs(request: ImageRequest, ref: string): string[] {
  const base = request.base === undefined ? [] : ['--build-arg', `BASE=${request.base}`];
  return ['--file', request.dockerfile, '--tag', ref, ...base];
}

/** The hash of all inputs of an image. */
async function imageKey({ context, dockerfile, base }: ImageRequest): Promise<string> {
  return cacheKey({
    dockerfile: await readFile(dockerfile, 'utf8'),
    context: typeof context === 'string' ? await hashFiles(context, ['.']) : context.key,
    base: base ?? '',
    arch: process.arch,
  });
}

async function withContext({ context }: ImageRequest, build: (dir: string) => Promise<void>): Promise<void> {
  if (typeof context === 'string') return await build(context);
  await withScratch(async (dir) => {
    await context.stage(dir);
    await build(dir);
  });
}

async function removeOldArchives(dir: string, name: string): Promise<void> {
  const own = (await readdir(dir)).filter((file) => file.startsWith(`${name}_dev-`)).map((file) => join(dir, file));
  const aged = await Promise.all(own.map(async (file) => ({ file, used: (await stat(file)).mtimeMs })));
  aged.sort((a, b) => b.used - a.used);
  for (const { file } of aged.slice(keptArchives)) await rm(file, { force: true });
}
