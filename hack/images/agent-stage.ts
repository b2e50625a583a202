import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { cached, cacheKey, cachePath, hashFiles, listFiles } from '../cluster/cache.ts';
import { run } from '../cluster/command.ts';
import { say, step } from '../cluster/progress.ts';
import { withScratch } from '../cluster/scratch.ts';
import { isContextFile } from './context-file.ts';

/** What has to be done outside of a Dockerfile: a script of an agent's folder that fills another folder. */
export interface AgentStage {
  /** Changes with the script, the files that it names as its inputs, and the processor. */
  readonly key: string;
  /** Whether it has run before, so that it will not run again. */
  readonly isDone: boolean;
  /** Whether it fetches Python packages. */
  readonly needsPip: boolean;
  /** @returns the folder with what the script wrote, from the cache where it has run before */
  readonly output: () => Promise<string>;
}

/** What a script says of itself in its first comments. */
export interface StageHeader {
  /** `# inputs: FILE FOLDER ...`: all that it reads of the agent's folder. */
  readonly inputs: readonly string[];
  /** `# needs: pip`: what is to be on the machine, told before anything is built. */
  readonly needs: readonly string[];
  /** `# takes: ...`: how long it takes with nothing cached, where that is long. */
  readonly takes: string | undefined;
}

const interpreters = { 'stage.sh': 'bash', 'stage.ts': 'node' } as const;

/** The stage of an agent's folder; undefined where there is no stage.sh or stage.ts. */
export async function agentStage(folder: string): Promise<AgentStage | undefined> {
  const script = (['stage.sh', 'stage.ts'] as const).find((name) => existsSync(join(folder, name)));
  if (script === undefined) return undefined;
  const { inputs, needs, takes } = stageHeader(await readFile(join(folder, script), 'utf8'));
  const files = [script, ...(await inputFiles(folder, inputs))];
  const agent = basename(folder);
  const key = cacheKey({ files: await hashFiles(folder, files), arch: process.arch });
  const entry = `${agent}-${key}`;
  const isDone = existsSync(cachePath('agent-stages', entry));
  const output = async () => {
    if (takes !== undefined && !existsSync(cachePath('agent-stages', entry))) say(`  ${agent} is prepared: ${takes}`);
    return await cached('agent-stages', entry, async (target) =>
      step(`prepare ${agent} (${script})`, async () => runApart(folder, files, [interpreters[script], script, target])),
    );
  };
  return { key, isDone, needsPip: needs.includes('pip'), output };
}

/** All files of the inputs but tests, which make no difference to what comes out. */
async function inputFiles(folder: string, inputs: readonly string[]): Promise<string[]> {
  const paths = await listFiles(inputs.map((input) => join(folder, input)));
  return paths.map((path) => relative(folder, path)).filter(isContextFile);
}

export function stageHeader(source: string): StageHeader {
  const comment = (name: string) => new RegExp(`^(?:#|//) ${name}: (.+)$`, 'm').exec(source)?.[1]?.trim();
  const words = (name: string) => comment(name)?.split(/\s+/) ?? [];
  return { inputs: words('inputs'), needs: words('needs'), takes: comment('takes') };
}

/** The script sees only what it names, so that no input of it can be forgotten; it gives way to what people wait for. */
async function runApart(folder: string, files: readonly string[], command: readonly string[]): Promise<void> {
  await withScratch(async (dir) => {
    for (const file of files) await cp(join(folder, file), join(dir, file)); // Makes the folders, too.
    // All that it says is told when it fails.
    await run('nice', ['-n', '10', 'sh', '-c', 'exec "$@" >&2', 'sh', ...command], { cwd: dir });
  });
  const target = command.at(-1) ?? '';
  await run('chmod', ['-R', 'a+rX', target]); // The container's user is another than the one who builds.
}
