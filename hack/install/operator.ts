import { join } from 'node:path';
import { checkoutAt } from '../cluster/checkout.ts';
import type { Kubectl } from './kubectl.ts';
import { containersOf, type Manifest, readManifests, toYaml, withFlags } from './manifest.ts';

/** Where the operator runs, and the name of its Deployment. */
export const operatorNamespace = 'rune-system';
export const operatorDeployment = 'rune-operator';

export interface OperatorOptions {
  /** Reference of the product image: the operator's own and that of runner Pods. */
  readonly image: string;
  /** Flags of the operator, each `--name=value`, over those of the manifests. */
  readonly flags?: readonly string[];
  /** Default: as the manifests say. */
  readonly replicas?: number;
}

const rolloutSeconds = 120;

/** Applies our kinds and waits until the API server serves them. */
export async function installDefinitions(kubectl: Kubectl): Promise<void> {
  const definitions = await readManifests(join(checkoutAt().root, 'crds'));
  await kubectl.apply(toYaml(definitions));
  const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
}

/** Whether a cluster knows RuneAgents, which it does once RUNE has been installed. */
export async function servesRuneAgents(kubectl: Kubectl): Promise<boolean> {
  return (await kubectl.run(['get', 'crd/runeagents.bench.rune.ai', '--ignore-not-found', '--output=name'])) !== '';
}

/** Applies the operator's manifests with the given image, and waits until it runs. */
export async function installOperator(kubectl: Kubectl, options: OperatorOptions): Promise<void> {
  const manifests = await readManifests(join(checkoutAt().root, 'hack', 'deploy'));
  await kubectl.apply(toYaml(manifests.map((manifest) => configured(manifest, options))));
  await kubectl.rollout(operatorNamespace, operatorDeployment, rolloutSeconds);
}

/** The operator's Deployment as the options want it; every other object as it is. */
export function configured(manifest: Manifest, options: OperatorOptions): Manifest {
  if (manifest.kind !== 'Deployment' || manifest.metadata.name !== operatorDeployment) return manifest;
  const copy = structuredClone(manifest);
  const flags = [`--runner-image=${options.image}`, ...(options.flags ?? [])];
  for (const container of containersOf(copy)) {
    container.image = options.image;
    container.args = withFlags(container.args ?? [], flags);
  }
  if (options.replicas !== undefined && copy.spec !== undefined) copy.spec.replicas = options.replicas;
  return copy;
}
