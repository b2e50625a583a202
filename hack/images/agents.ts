import { existsSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cacheKey, hashFiles, listFiles } from '../cluster/cache.ts';
import { checkoutAt } from '../cluster/checkout.ts';
import { run } from '../cluster/command.ts';
import { agentBaseImage } from './agent-base.ts';
import { agentStage } from './agent-stage.ts';
import { type BuiltImage, buildImage, builtImage, type ImageRequest } from './build.ts';
import { isContextFile } from './context-file.ts';

/** The name of an agent's image, which its RuneAgent has as placeholder: `rune-agent-<folder>`. */
export const agentImageName = (agent: string) => `rune-agent-${agent}`;

/** Where the agents are, a folder each; see docs/guides/add-an-agent.md. */
export const agentsDir = join(checkoutAt().root, 'runners', 'images');

/** The agents that have an image: every folder with a Dockerfile but the base. */
export async function agentNames(): Promise<string[]> {
  const names = (await readdir(agentsDir)).filter((name) => name !== 'base');
  return names.filter((name) => existsSync(join(agentsDir, name, 'Dockerfile'))).sort();
}

/** Whether one of these agents still has to be prepared by what fetches Python packages. */
export async function agentsNeedPip(agents: readonly string[]): Promise<boolean> {
  const stages = await Promise.all(agents.map(async (agent) => agentStage(join(agentsDir, agent))));
  return stages.some((stage) => stage?.needsPip && !stage.isDone);
}

/** Builds the image of an agent, unless its inputs are unchanged. @throws Error when there is no such agent */
export async function buildAgentImage(agent: string): Promise<BuiltImage> {
  const request = await agentImageRequest(agent);
  // The stage runs ahead of the build: images are built one at a time, and it may take minutes.
  if ((await builtImage(request)) === undefined) await (await agentStage(join(agentsDir, agent)))?.output();
  return await buildImage(request);
}

/** The image of an agent where it has been built from the same inputs; nothing but its base is built. */
export async function builtAgentImage(agent: string): Promise<BuiltImage | undefined> {
  return await builtImage(await agentImageRequest(agent));
}

async function agentImageRequest(agent: string): Promise<ImageRequest> {
  const dir = await agentDir(agent);
  const files = await contextFiles(dir);
  const stage = await agentStage(dir);
  return {
    name: agentImageName(agent),
    dockerfile: join(dir, 'Dockerfile'),
    base: await agentBaseImage(),
    context: {
      key: cacheKey({ files: await hashFiles(dir, files), stage: stage?.key ?? '' }),
      stage: async (context) => {
        for (const file of files) await cp(join(dir, file), join(context, file)); // Makes the folders, too.
        if (stage !== undefined) await run('cp', ['-a', await stage.output(), join(context, 'staged')]);
        await run('chmod', ['-R', 'a+rX', context]); // The container's user is another than the one who builds.
      },
    },
  };
}

async function agentDir(agent: string): Promise<string> {
  const names = await agentNames();
  if (names.includes(agent)) return join(agentsDir, agent);
  throw new Error(`runners/images/${agent}/Dockerfile is not there; the agents are: ${names.join(', ')}`);
}

/** What an image may be made of. Paths below the agent's folder. */
async function contextFiles(dir: string): Promise<string[]> {
  const paths = (await listFiles([dir])).map((file) => relative(dir, file));
  return paths.filter(isContextFile);
}
