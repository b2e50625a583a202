/** `make demo`: from nothing to real questions answered by a real model in real Pods, and what that measured. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChildren, endChildrenOnSignals } from '../cluster/children.ts';
import { findCommand } from '../cluster/command.ts';
import { say, seconds, step } from '../cluster/progress.ts';
import { ClusterClient } from '../install/cluster-client.ts';
import { type Installation, install } from '../install/install.ts';
import { readManifests, toYaml, withImage } from '../install/manifest.ts';
import { unexpected } from './job-view.ts';
import { ProgressView } from './progress-view.ts';
import { resultTable, totals } from './result-table.ts';
import { removeJobs, runJobs } from './run-jobs.ts';

const namespace = 'rune-demo';
const modelManifest = join(import.meta.dirname, '..', 'model', 'model.yaml');

endChildrenOnSignals();
try {
  const installation = await install({ images: ['model'] });
  process.exitCode = (await demo(installation)) ? 0 : 1;
} catch (error) {
  say(`demo: ${error instanceof Error ? error.message : String(error)}`);
  await endChildren(); // Work that went on beside what failed.
  process.exit(1);
}

/** @returns whether what should be measured was, and nothing else */
async function demo({ kubectl, images }: Installation): Promise<boolean> {
  const apply = async (file: string) => kubectl.apply(await readFile(join(import.meta.dirname, file), 'utf8'));
  await apply('namespace.yaml');
  await step('model', async () => {
    const manifests = withImage(await readManifests(modelManifest), 'localhost/rune-model:dev', images.model ?? '');
    await kubectl.apply(toYaml(manifests), namespace);
    await kubectl.rollout(namespace, 'smollm2', 180);
  });
  await step('agents and backend', async () => {
    await apply('agents.yaml');
    await apply('backend.yaml');
    await kubectl.run(['wait', 'runeagents/plain', 'runeagents/terse', '--for=condition=Callable', '--timeout=60s']);
    const isServed = ['--for=condition=ModelsPresent', '--timeout=60s', '--namespace', namespace];
    await kubectl.run(['wait', 'runebackend/smollm2', ...isServed]);
  });
  await removeJobs(kubectl, namespace);

  say('\nkubectl create -f hack/demo/jobs');
  const client = new ClusterClient(kubectl.kubeconfig);
  const jobs = await runJobs(kubectl, client, namespace, new ProgressView(process.stderr));
  await client.close();

  const width = Math.min(Math.max(process.stdout.columns || 120, 100), 160);
  console.log(`\n${resultTable(jobs, width).join('\n')}\n\n${totals(jobs)}`);
  const { surprises, notes } = unexpected(jobs);
  for (const sentence of notes) console.log(`Measured otherwise than where this was written: ${sentence}`);
  if (notes.length > 0) console.log('(The model may choose another word on another processor; this is no failure.)');
  for (const sentence of surprises) console.log(`NOT AS EXPECTED: ${sentence}`);
  console.log(`\nLook further:\n${commands(kubectl.path).join('\n')}`);
  say(`\nThe demo took ${seconds(performance.now())}.`);
  return surprises.length === 0;
}

function commands(kubectlPath: string): string[] {
  const alias = findCommand('kubectl') ? [] : [`alias kubectl=${kubectlPath}`];
  return [
    'export KUBECONFIG=$(make -s kubeconfig)',
    ...alias,
    `kubectl get rj -n ${namespace} -o wide                  # all jobs, with answers`,
    `kubectl describe rj opposite-of-hot -n ${namespace}     # a score of several parts, and what happened when`,
    `kubectl logs story-too-long-1 -n ${namespace}           # the event lines of a runner`,
    `kubectl get rj -n ${namespace} --field-selector status.outcome=Failed`,
    `kubectl delete namespace ${namespace}                   # takes the demo away; make cluster-down all of it`,
  ].map((line) => `  ${line}`);
}
