import { createHash } from 'node:crypto';
import { copyFile, cp, link, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeOnce, modelCache } from './cache.ts';
import { fetchWeights, verify, weights } from './fetch-weights.ts';
import { runCommand } from './run-command.ts';

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
  const contextDir = join(modelCache(), 'contexts', inputsHash.slice(0, 16));
  await makeOnce(contextDir, async (scratch) => {
    const context = join(scratch, 'context');
    await mkdir(context);
    for (const name of [...packageFiles, ...serverFiles])
      await copyFile(join(here, name), join(context, basename(name)));
    await installPackages(context, scratch);
    await linkOrCopy(await fetchWeights(), join(context, 'model.gguf'));
    return context;
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

async function installPackages(context: string, scratch: string): Promise<void> {
  await npm(['ci', '--omit=optional', '--omit=dev', '--ignore-scripts'], context);
  await addBinary(`@node-llama-cpp/linux-${process.arch}`, context, scratch);
  // The source of llama.cpp, 34 MB, is of use only to those who compile it.
  await rm(join(context, 'node_modules/node-llama-cpp/llama/gitRelease.bundle'), { force: true });
}

/** All prebuilt binaries (GPU ones too, 650 MB) are optional dependencies: this takes the one that is needed. */
async function addBinary(name: string, context: string, scratch: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(context, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json has no ${name}: this model server has no binary for ${process.arch}`);
  await npm(['pack', `${name}@${locked.version}`, '--ignore-scripts', '--pack-destination', scratch], scratch);
  const tarball = join(scratch, `${name.replace('@', '').replace('/', '-')}-${locked.version}.tgz`);
  await checkIntegrity(tarball, locked.integrity);
  await run('tar', ['-xzf', tarball, '-C', scratch], scratch);
  await mkdir(join(context, 'node_modules', name, '..'), { recursive: true });
  await rename(join(scratch, 'package'), join(context, 'node_modules', name));
}

/** `integrity` is that of the lock file: `sha512-<base64>`. */
async function checkIntegrity(file: string, integrity: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} has integrity ${found}, package-lock.json says ${integrity}`);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => cp(from, to));
  await verify(to, weights.sha256);
}

function npm(args: readonly string[], cwd: string): Promise<void> {
  return run('npm', args, cwd);
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runCommand(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code ?? 'not found'}):\n${stderr.trim()}`);
}

if (import.meta.main) console.log(JSON.stringify(await stageModelContext(), null, 2));
