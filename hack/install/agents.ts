import { join } from 'node:path';
import { step } from '../cluster/progress.ts';
import { agentImageName, agentsDir, buildAgentImage, builtAgentImage } from '../images/agents.ts';
import type { BuiltImage } from '../images/build.ts';
import { loadImage } from '../images/load.ts';
import type { PreparedImage } from './images.ts';
import type { Kubectl } from './kubectl.ts';
import { type Manifest, readManifests, toYaml } from './manifest.ts';

/** An agent whose image is being loaded or is loaded already. */
export interface PreparedAgent extends PreparedImage {
  readonly name: string;
  /** Reference of the image that was built. */
  readonly ref: string;
}

/** Builds the image of an agent, unless its inputs are unchanged. */
export async function prepareAgent(name: string): Promise<PreparedAgent> {
  return prepared(name, await buildAgentImage(name));
}

/** The agent, if its image has been built already. */
export async function preparedAgent(name: string): Promise<PreparedAgent | undefined> {
  const image = await builtAgentImage(name);
  return image && prepared(name, image);
}

/** Gives an agent to the cluster: its image, then its entry in the catalogue. @returns the names of its RuneAgents */
export async function installAgent(kubectl: Kubectl, agent: PreparedAgent): Promise<string[]> {
  const image = await agent.load();
  const manifests = withAgentImage(await agentManifests(agent.name), agentImageName(agent.name), image);
  await step(`agent ${agent.name}`, async () => kubectl.apply(toYaml(manifests)));
  return manifests.map(({ metadata }) => metadata.name);
}

function prepared(name: string, image: BuiltImage): PreparedAgent {
  return { name, ref: image.ref, load: async () => loadImage(image) };
}

async function agentManifests(name: string): Promise<Manifest[]> {
  return await readManifests(join(agentsDir, name, 'agent.yaml'));
}

/** The same objects, with each RuneAgent that names the placeholder naming `image`. @throws Error when none names it */
export function withAgentImage(manifests: readonly Manifest[], placeholder: string, image: string): Manifest[] {
  const copies = structuredClone(manifests) as Manifest[];
  const containers = copies.map(({ spec }) => spec?.['container'] as { image?: string } | undefined);
  const found = containers.filter((container) => container?.image === placeholder);
  if (found.length === 0) throw new Error(`no RuneAgent of agent.yaml has the container.image ${placeholder}`);
  for (const container of found) if (container) container.image = image;
  return copies;
}
