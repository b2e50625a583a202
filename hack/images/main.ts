import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { clusterSettings } from '../cluster/checkout.ts';
import { endChildrenOnSignals } from '../cluster/children.ts';
import { say } from '../cluster/progress.ts';
import { loadImage } from './load.ts';
import { buildProductImage } from './product.ts';

const program = new Command('images').description('The product image; its reference is printed on standard output.');

program
  .command('build')
  .description('build the image, unless its inputs are unchanged')
  .action(async () => print((await buildProductImage()).ref));
program
  .command('load')
  .description('build it and give it to the cluster of this checkout')
  .action(async () => print(await loadProductImage()));

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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
