import { join } from 'node:path';
import { clusterSettings } from '../cluster/checkout.ts';
import { run } from '../cluster/command.ts';
import { step } from '../cluster/progress.ts';
import { type BuiltImage, buildImage } from '../images/build.ts';
import { loadImage } from '../images/load.ts';
import { nodeBaseImage } from '../images/node-base.ts';
import { buildProductImage } from '../images/product.ts';
import { stageModelContext } from '../model/stage.ts';

const hostileAgentDir = join(import.meta.dirname, '..', 'e2e', 'hostile-agent');
const scriptedModelDir = join(import.meta.dirname, '..', 'e2e', 'scripted-model');

/** An image that is being built or is built already; `load` gives it to the cluster, which must run by then. */
export interface PreparedImage {
  /** @returns the reference that Pods use */
  readonly load: () => Promise<string>;
}

/** The product image: the one of RUNE_IMAGE, else one of this checkout. */
export async function prepareProductImage(): Promise<PreparedImage> {
  const given = clusterSettings().image;
  if (given !== undefined) return { load: async () => given };
  return prepared(await buildProductImage());
}

/** The small real model, its weights inside. The image is built once `before` is done. */
export async function prepareModelImage(before: Promise<unknown>): Promise<PreparedImage> {
  const staged = await step('prepare the model (SmolLM2-135M)', stageModelContext);
  await before;
  const image = await buildImage({
    name: 'rune-model',
    dockerfile: staged.dockerfile,
    base: await nodeBaseImage(),
    context: {
      key: staged.inputsHash,
      stage: async (dir) => {
        await run('cp', ['-a', `${staged.contextDir}/.`, dir]);
        await run('chmod', ['-R', 'a+rX', dir]); // The container's user is another than the one who builds.
      },
    },
  });
  return prepared(image);
}

/** The model server that answers and fails on request, for tests. The image is built once `before` is done. */
export async function prepareScriptedModelImage(before: Promise<unknown>): Promise<PreparedImage> {
  await before;
  const image = await buildImage({
    name: 'rune-scripted-model',
    dockerfile: join(scriptedModelDir, 'Dockerfile'),
    base: await nodeBaseImage(),
    context: scriptedModelDir,
  });
  return prepared(image);
}

/** The agent that does what its question says, for tests. The image is built once `before` is done. */
export async function prepareHostileAgentImage(before: Promise<unknown>): Promise<PreparedImage> {
  await before;
  const image = await buildImage({
    name: 'rune-hostile-agent',
    dockerfile: join(hostileAgentDir, 'Dockerfile'),
    base: await nodeBaseImage(),
    context: hostileAgentDir,
  });
  return prepared(image);
}

function prepared(image: BuiltImage): PreparedImage {
  return { load: async () => loadImage(image) };
}
