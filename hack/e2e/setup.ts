import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { checkoutAt } from '../cluster/checkout.ts';
import { say, step } from '../cluster/progress.ts';
import { readState } from '../cluster/state.ts';
import { agentNames } from '../images/agents.ts';
import { install } from '../install/install.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { readManifests, toYaml, withImage } from '../install/manifest.ts';
import { checkoutLabel, type EndToEnd, runLabel, scriptedModelNamespace } from './provided.ts';

/** Tests wait for real retries, so that the first comes after a second. The rest is as users have it. */
const operatorFlags = ['--retry-backoff-seconds=1', '--retry-backoff-max-seconds=20'];
const cleanUpSeconds = 120;

/**
 * Gives the end-to-end suite a cluster with the operator and the scripted model; `inject('e2e')` in a test tells where.
 * @returns what takes the suite's namespaces away; it fails when one of them cannot go
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { kubectl, images } = await install({
    flags: operatorFlags,
    images: ['scriptedModel', 'hostileAgent'],
    agents: await agentNames(),
  });
  const checkout = checkoutAt();
  const { deleted } = await removeMade(kubectl, `${checkoutLabel}=${checkout.id}`);
  if (deleted) say('  ✓ what an interrupted run left is gone');
  await step('scripted model', async () => deployScriptedModel(kubectl, images.scriptedModel ?? ''));
  const runId = randomBytes(3).toString('hex');
  const { product } = images;
  const provided: EndToEnd = {
    kubeconfig: kubectl.kubeconfig,
    kubectlPath: kubectl.path,
    productImage: product,
    hostileAgentImage: images.hostileAgent ?? '',
    runId,
    checkoutId: checkout.id,
    isSingleNode: (await readState(checkout))?.provider === 'single-node',
  };
  project.provide('kubeconfig', kubectl.kubeconfig);
  project.provide('e2e', provided);
  return async () => cleanUp(kubectl, runId);
}

async function deployScriptedModel(kubectl: Kubectl, image: string): Promise<void> {
  await kubectl.apply(toYaml([restrictedNamespace(scriptedModelNamespace)]));
  const file = join(import.meta.dirname, 'scripted-model', 'manifest.yaml');
  const manifests = withImage(await readManifests(file), 'localhost/rune-scripted-model:dev', image);
  await kubectl.apply(toYaml(manifests), scriptedModelNamespace);
  await kubectl.rollout(scriptedModelNamespace, 'scripted-model', 60);
}

async function cleanUp(kubectl: Kubectl, runId: string): Promise<void> {
  await step('take the namespaces of the tests away', async () => removeMade(kubectl, `${runLabel}=${runId}`));
}

/** A namespace that is stuck, for example by a finalizer that nobody takes off, is a failure of the suite. */
async function removeMade(kubectl: Kubectl, selector: string): Promise<{ readonly deleted: boolean }> {
  const which = ['--selector', selector];
  const limit = `--timeout=${cleanUpSeconds}s`;
  const namespaces = await kubectl.run(['delete', 'namespaces', ...which, limit, '--output=name']);
  const agents = await kubectl.run(['delete', 'runeagents', ...which, limit, '--output=name']);
  return { deleted: `${namespaces}${agents}`.trim() !== '' };
}

function restrictedNamespace(name: string) {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
