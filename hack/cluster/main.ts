import { Command } from 'commander';
import { checkoutAt } from './checkout.ts';
import { endChildrenOnSignals } from './children.ts';
import { clusterDown, clusterStatus, clusterUp } from './cluster.ts';
import { kubectlPath } from './kube-binary.ts';
import { say, seconds } from './progress.ts';

const program = new Command('cluster').description('The local cluster of this checkout; see docs/local-cluster.md.');

program
  .command('up')
  .description('start it, repair it, or do nothing when it runs')
  .action(async () => {
    const kubeconfig = await clusterUp();
    say(`The cluster is ready after ${seconds(performance.now())}: export KUBECONFIG=${kubeconfig}`);
  });
program
  .command('down')
  .description('take it away with all that it left on this machine')
  .action(async () => clusterDown());
program
  .command('status')
  .description('say what there is')
  .action(async () => print(await clusterStatus()));
program
  .command('kubeconfig')
  .description('print the path of its kubeconfig')
  .action(() => print(checkoutAt().kubeconfig));
program
  .command('kubectl')
  .description('print the path of a kubectl that fits')
  .action(async () => print(await kubectlPath()));

endChildrenOnSignals();
try {
  await program.parseAsync();
} catch (error) {
  say(`cluster: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
