import { createHash } from 'node:crypto';
import { copyFile, cp, link, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../cluster/cache.ts';
import { run } from '../cluster/command.ts';
import { unpackNpmPackage } from '../images/npm-package.ts';
import { fetchWeights, verify, weights } from './fetch-weights.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What runs in the image, beside the packages. */
const serverFiles = [
  'api-error.ts',
  'app.ts',
  'chat-completion.ts',
  'chat-request.ts',
  'chatml.ts',
  'config.ts',
  'engine.ts',
  'llama-engine.ts',
  'server.ts',
  'stop-sequences.ts',
  'turnstile.ts',
];
/** The image's own package, so that the product does not carry the model's. */
const packageFiles = ['packages/package.json', 'packages/package-lock.json', 'packages/.npmrc'];

export interface StagedContext {
  /** Holds all that the image needs; also runs as it is: `node <contextDir>/server.ts`. */
  contextDir: string;
  dockerfile: string;
  /** Changes exactly when the image would; hexadecimal. */
  inputsHash: string;
}

/**
 * Prepares the folder from which the model's image is built, in the cache: the server, its packages for this
 * machine's processor, and the weights. The second call returns at once.
 */
export async function stageModelContext(): Promise<StagedContext> {
  const dockerfile = join(here, 'Dockerfile');
  const inputsHash = await hashInputs(dockerfile);
  const contextDir = await cached('model-contexts', inputsHash.slice(0, 16), async (context) => {
    for (const name of [...packageFiles, ...serverFiles])
      await copyFile(join(here, name), join(context, basename(name)));
    await installPackages(context);
    await linkOrCopy(await fetchWeights(), join(context, 'model.gguf'));
  });
  return { contextDir, dockerfile, inputsHash };
}

async function hashInputs(dockerfile: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.arch}\n${weights.sha256}\n`);
  for (const path of [dockerfile, ...[...packageFiles, ...serverFiles].map((name) => join(here, name))]) {
    hash.update(`${path.slice(here.length)}\n`).update(await readFile(path));
  }
  return hash.digest('hex');
}

async function installPackages(context: string): Promise<void> {
  await run('npm', ['ci', '--omit=optional', '--omit=dev', '--ignore-scripts'], { cwd: context });
  await addBinary(`@node-llama-cpp/linux-${process.arch}`, context);
  // The source of llama.cpp, 34 MB, is of use only to those who compile it.
  await rm(join(context, 'node_modules/node-llama-cpp/llama/gitRelease.bundle'), { force: true });
}

/** All prebuilt binaries (GPU ones too, 650 MB) are optional dependencies: this takes the one that is needed. */
async function addBinary(name: string, context: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(context, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json has no ${name}: this model server has no binary for ${process.arch}`);
  await unpackNpmPackage({ name, ...locked }, join(context, 'node_modules', name));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => cp(from, to));
  await verify(to, weights.sha256);
}

if (import.meta.main) console.log(JSON.stringify(await stageModelContext(), null, 2));
