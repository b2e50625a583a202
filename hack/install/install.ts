import { existsSync } from 'node:fs';
import { cachePath } from '../cluster/cache.ts';
import { checkoutAt, clusterSettings } from '../cluster/checkout.ts';
import { chooseProvider, clusterUp } from '../cluster/cluster.ts';
import { kubeBinaryKey } from '../cluster/kube-binary.ts';
import { requireNode, requirePip } from '../cluster/needs.ts';
import { say, step } from '../cluster/progress.ts';
import { agentsNeedPip } from '../images/agents.ts';
import { provideBusybox } from '../images/busybox.ts';
import { containerEngine } from '../images/engine.ts';
import { hasWeights } from '../model/fetch-weights.ts';
import { installAgent, type PreparedAgent, prepareAgent } from './agents.ts';
import {
  type PreparedImage,
  prepareHostileAgentImage,
  prepareModelImage,
  prepareProductImage,
  prepareScriptedModelImage,
} from './images.ts';
import { Kubectl } from './kubectl.ts';
import { installDefinitions, installOperator, type OperatorOptions } from './operator.ts';

type Prepared = Promise<PreparedImage>;

const modelImages = {
  model: prepareModelImage,
  scriptedModel: prepareScriptedModelImage,
  hostileAgent: prepareHostileAgentImage,
};

export interface InstallOptions extends Omit<OperatorOptions, 'image'> {
  /** Images beside the product's that the caller will deploy. */
  readonly images?: readonly (keyof typeof modelImages)[];
  /** Agents of runners/images that jobs will ask: their images, and their entries in the catalogue. */
  readonly agents?: readonly string[];
}

export interface Installation {
  readonly kubectl: Kubectl;
  /** References as the cluster's Pods use them. */
  readonly images: Readonly<Record<'product' | keyof typeof modelImages, string | undefined>> & {
    readonly product: string;
  };
}

/**
 * Brings this checkout to the cluster: the cluster itself, images, our kinds, the operator. What is there already and
 * did not change is left alone, so a second call takes seconds.
 */
export async function install(options: InstallOptions = {}): Promise<Installation> {
  const wanted = options.images ?? [];
  await requireWhatIsUsed(wanted, options.agents ?? []);
  const prepared = Promise.all(prepareInTurn(wanted));
  const preparedAgents = prepareAgents(options.agents ?? [], prepared);
  // The cluster's programs are compiled while packages, weights and a base image are fetched.
  const [kubeconfig, [product, ...others], agents] = await Promise.all([clusterUp(), prepared, preparedAgents]);
  say('  ✓ cluster');
  const image = await product.load();
  await provideBusybox();
  const loaded = await loadInTurn(others);
  const kubectl = await Kubectl.for(kubeconfig);
  await installDefinitions(kubectl);
  await step('operator', async () => installOperator(kubectl, { ...options, image }));
  for (const agent of agents) await installAgent(kubectl, agent);
  const refOf = (name: keyof typeof modelImages) => loaded[wanted.indexOf(name)];
  const [model, scriptedModel, hostileAgent] = [refOf('model'), refOf('scriptedModel'), refOf('hostileAgent')];
  return { kubectl, images: { product: image, model, scriptedModel, hostileAgent } };
}

/** Images are built one at a time; what they are made of is fetched meanwhile. */
function prepareInTurn(wanted: readonly (keyof typeof modelImages)[]): [Prepared, ...Prepared[]] {
  const product = prepareProductImage();
  const all: [Prepared, ...Prepared[]] = [product];
  for (const name of wanted) all.push(modelImages[name](all.at(-1) ?? product));
  return all;
}

/** Agents are built once `before` is done. */
async function prepareAgents(names: readonly string[], before: Promise<unknown>): Promise<PreparedAgent[]> {
  await before;
  const agents: PreparedAgent[] = [];
  for (const name of names) agents.push(await prepareAgent(name));
  return agents;
}

/** One import at a time: each reads and writes some hundred megabytes. */
async function loadInTurn(images: readonly PreparedImage[]): Promise<string[]> {
  const refs: string[] = [];
  for (const image of images) refs.push(await image.load());
  return refs;
}

/** Says what is missing before anything is built. */
async function requireWhatIsUsed(
  wanted: readonly (keyof typeof modelImages)[],
  agents: readonly string[],
): Promise<void> {
  const needsPip = (wanted.includes('model') && !hasWeights()) || (await agentsNeedPip(agents));
  const context = clusterSettings().kubeContext;
  const provider = chooseProvider(context, context ? undefined : await containerEngine());
  const isRunning = existsSync(checkoutAt().kubeconfig);
  if (provider.kind === 'single-node' && !isRunning)
    return await requireNode(existsSync(cachePath('kube', await kubeBinaryKey())), needsPip);
  if (needsPip) await requirePip();
}
