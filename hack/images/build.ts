import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, hashFiles } from '../cluster/cache.ts';
import { cacheDir } from '../cluster/checkout.ts';
import { run, succeeds } from '../cluster/command.ts';
import { withLock } from '../cluster/lock.ts';
import { step } from '../cluster/progress.ts';
import { withScratch } from '../cluster/scratch.ts';
import { buildah, buildahHolds, imageEngine } from './engine.ts';

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

const archiveDir = () => join(cacheDir(), 'images');

/** Builds an image, unless one with the same inputs is there. @throws Error with the end of the build's output */
export async function buildImage(request: ImageRequest): Promise<BuiltImage> {
  const ref = await imageRef(request);
  const engine = await imageEngine();
  if (engine === 'buildah') return await buildWithBuildah(request, ref);
  await buildWithEngine(engine, request, ref);
  return { ref, archive: undefined };
}

/** Builds an image that only other images are made from, unless it is there. @returns its reference, for their `base` */
export async function buildBaseImage(request: ImageRequest): Promise<string> {
  const ref = await imageRef(request);
  const engine = await imageEngine();
  if (engine !== 'buildah') {
    await buildWithEngine(engine, request, ref);
    return ref;
  }
  await withLock(join(cacheDir(), 'locks', 'images'), async () => {
    if (!(await buildahHolds(ref))) await step(`build ${ref}`, async () => buildInStorage(request, ref));
  });
  return ref;
}

/** The image with these inputs where it has been built; nothing is built. */
export async function builtImage(request: ImageRequest): Promise<BuiltImage | undefined> {
  const ref = await imageRef(request);
  const engine = await imageEngine();
  if (engine !== 'buildah') {
    return (await succeeds(engine, ['image', 'inspect', ref])) ? { ref, archive: undefined } : undefined;
  }
  const archive = archiveOf(ref);
  return existsSync(archive) ? { ref, archive } : undefined;
}

async function buildWithEngine(engine: 'docker' | 'podman', request: ImageRequest, ref: string): Promise<void> {
  if (await succeeds(engine, ['image', 'inspect', ref])) return;
  await step(`build ${ref}`, async () =>
    withContext(request, async (context) => {
      await run(engine, ['build', '--quiet', ...buildArgs(request, ref), context]);
    }),
  );
}

async function buildWithBuildah(request: ImageRequest, ref: string): Promise<BuiltImage> {
  const dir = archiveDir();
  const archive = archiveOf(ref);
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
  await buildInStorage(request, ref);
  await buildah(['push', '--quiet', ref, `docker-archive:${partial}:${ref}`]);
  await buildah(['rmi', ref]);
  await rename(partial, archive);
}

async function buildInStorage(request: ImageRequest, ref: string): Promise<void> {
  await withContext(request, async (context) => {
    await buildah(['build', '--quiet', '--isolation', 'chroot', '--layers=false', ...buildArgs(request, ref), context]);
  });
}

function buildArgs(request: ImageRequest, ref: string): string[] {
  const base = request.base === undefined ? [] : ['--build-arg', `BASE=${request.base}`];
  return ['--file', request.dockerfile, '--tag', ref, ...base];
}

function archiveOf(ref: string): string {
  return join(archiveDir(), `${ref.replace(/^localhost\//, '').replace(':', '_')}.tar`);
}

/** The reference holds the hash of all inputs. */
async function imageRef({ name, context, dockerfile, base }: ImageRequest): Promise<string> {
  const key = cacheKey({
    dockerfile: await readFile(dockerfile, 'utf8'),
    context: typeof context === 'string' ? await hashFiles(context, ['.']) : context.key,
    base: base ?? '',
    arch: process.arch,
  });
  return `localhost/${name}:dev-${key}`;
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
