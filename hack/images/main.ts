import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { checkoutAt, clusterSettings } from '../cluster/checkout.ts';
import { endChildrenOnSignals } from '../cluster/children.ts';
import { requirePip } from '../cluster/needs.ts';
import { say } from '../cluster/progress.ts';
import { readState } from '../cluster/state.ts';
import { installAgent, prepareAgent } from '../install/agents.ts';
import { Kubectl } from '../install/kubectl.ts';
import { servesRuneAgents } from '../install/operator.ts';
import { agentNames, agentsNeedPip } from './agents.ts';
import { loadImage } from './load.ts';
import { buildProductImage } from './product.ts';

const program = new Command('images').description('Images; their references are printed on standard output.');

program
  .command('build')
  .description('build the product image, unless its inputs are unchanged')
  .action(async () => print((await buildProductImage()).ref));
program
  .command('load')
  .description('build it and give it to the cluster of this checkout')
  .action(async () => print(await loadProductImage()));

program
  .command('agents')
  .argument('[name...]', 'folders of runners/images; all of them when none is named')
  .description("build agents' images, and give them and their RuneAgents to the cluster of this checkout, if one runs")
  .action(async (names: string[]) => buildAgents(names.length > 0 ? names : await agentNames()));

endChildrenOnSignals();
try {
  await program.parseAsync();
} catch (error) {
  say(`images: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function loadProductImage(): Promise<string> {
  const given = clusterSettings().image;
  if (given) return given;
  const image = await buildProductImage();
  if (image.archive) say(`  ${image.ref}: ${Math.round((await stat(image.archive)).size / 1e6)} MB with its base`);
  return await loadImage(image);
}

async function buildAgents(names: readonly string[]): Promise<void> {
  const checkout = checkoutAt();
  const hasCluster = (await readState(checkout)) !== undefined;
  if (await agentsNeedPip(names)) await requirePip();
  const kubectl = hasCluster ? await Kubectl.for(checkout.kubeconfig) : undefined;
  const hasKinds = kubectl !== undefined && (await servesRuneAgents(kubectl));
  for (const name of names) {
    const agent = await prepareAgent(name);
    if (hasKinds) say(`  kubectl get ra ${(await installAgent(kubectl, agent)).join(' ')}`);
    else if (hasCluster) await agent.load();
    print(agent.ref);
  }
  if (!hasCluster) say('  no cluster of this checkout runs, so they are only built; make cluster starts one');
  else if (!hasKinds) say('  the cluster has no operator yet, so no RuneAgent was made; make demo installs it');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
