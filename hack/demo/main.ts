/** `make demo`: from nothing to real questions answered by a real model in real Pods, and what that measured. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { RuneJob } from '../../crds/types.ts';
import { endChildren, endChildrenOnSignals } from '../cluster/children.ts';
import { findCommand } from '../cluster/command.ts';
import { say, saySomewhere, seconds, step } from '../cluster/progress.ts';
import { ClusterClient } from '../install/cluster-client.ts';
import { type Installation, install } from '../install/install.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { readManifests, toYaml, withImage } from '../install/manifest.ts';
import { installDemoAgents, jobsOf, prepareDemoAgents } from './agents.ts';
import { unexpected } from './job-view.ts';
import { ProgressView } from './progress-view.ts';
import { resultTable, totals } from './result-table.ts';
import { removeJobs, runJobs } from './run-jobs.ts';

const namespace = 'rune-demo';
const modelManifest = join(import.meta.dirname, '..', 'model', 'model.yaml');
const scriptedManifest = join(import.meta.dirname, '..', 'e2e', 'scripted-model', 'manifest.yaml');
const modelJobs = join(import.meta.dirname, 'jobs');
const agentJobs = join(import.meta.dirname, 'agent-jobs');

endChildrenOnSignals();
try {
  const installation = await install({ images: ['model', 'scriptedModel'] });
  process.exitCode = (await demo(installation)) ? 0 : 1;
} catch (error) {
  say(`demo: ${error instanceof Error ? error.message : String(error)}`);
  await endChildren(); // Work that went on beside what failed.
  process.exit(1);
}

/** @returns whether what should be measured was, and nothing else */
async function demo({ kubectl, images }: Installation): Promise<boolean> {
  await apply(kubectl, 'namespace.yaml');
  await step('model', async () => deployServer(kubectl, modelManifest, 'rune-model', images.model ?? '', 'smollm2'));
  await step('agents and backend', async () => {
    await apply(kubectl, 'agents.yaml');
    await apply(kubectl, 'backend.yaml');
    await kubectl.run(['wait', 'runeagents/plain', 'runeagents/terse', '--for=condition=Callable', '--timeout=60s']);
    await isServed(kubectl, 'smollm2', 'ModelsPresent');
  });
  await removeJobs(kubectl, namespace, [modelJobs, agentJobs]);

  const building = prepareDemoAgents(); // Goes on beside the jobs of the model.
  building.catch(() => {}); // Told where it is awaited.
  say('\nkubectl create -f hack/demo/jobs');
  const view = new ProgressView(process.stderr);
  const restore = saySomewhere((line) => view.note(line));
  const direct = await ask(kubectl, [modelJobs], view).finally(restore);
  show(direct);

  const agents = await building;
  await step('scripted model', async () => {
    await deployServer(kubectl, scriptedManifest, 'rune-scripted-model', images.scriptedModel ?? '', 'scripted-model');
    await apply(kubectl, 'scripted-backend.yaml');
    await apply(kubectl, 'accounts.yaml');
    await isServed(kubectl, 'scripted', 'Ready');
  });
  await installDemoAgents(kubectl, agents);
  const files = agents.map(({ name }) => jobsOf(name));
  say(`\nkubectl create ${files.map((file) => `-f ${relative(process.cwd(), file)}`).join(' ')}`);
  say('Agents in containers of their own. The backend `scripted` is no model: it says what its script tells it, since');
  say('small real models do not call tools. The tools, the agents and the faults that they look at are real.');
  const contained = await ask(kubectl, files, new ProgressView(process.stderr));
  show(contained);

  const { surprises, notes } = unexpected([...direct, ...contained]);
  for (const sentence of notes) console.log(`Measured otherwise than where this was written: ${sentence}`);
  if (notes.length > 0) console.log('(The model may choose another word on another processor; this is no failure.)');
  for (const sentence of surprises) console.log(`NOT AS EXPECTED: ${sentence}`);
  console.log(`\nLook further:\n${commands(kubectl.path).join('\n')}`);
  say(`\nThe demo took ${seconds(performance.now())}.`);
  return surprises.length === 0;
}

async function apply(kubectl: Kubectl, file: string): Promise<void> {
  await kubectl.apply(await readFile(join(import.meta.dirname, file), 'utf8'));
}

async function deployServer(kubectl: Kubectl, file: string, placeholder: string, image: string, deployment: string) {
  const manifests = withImage(await readManifests(file), `localhost/${placeholder}:dev`, image);
  await kubectl.apply(toYaml(manifests), namespace);
  await kubectl.rollout(namespace, deployment, 180);
}

async function isServed(kubectl: Kubectl, backend: string, condition: string): Promise<void> {
  const which = [`runebackend/${backend}`, '--namespace', namespace];
  await kubectl.run(['wait', ...which, `--for=condition=${condition}`, '--timeout=60s']);
}

async function ask(kubectl: Kubectl, paths: readonly string[], view: ProgressView): Promise<RuneJob[]> {
  const client = new ClusterClient(kubectl.kubeconfig);
  try {
    return await runJobs(kubectl, client, namespace, paths, view);
  } finally {
    await client.close();
  }
}

function show(jobs: readonly RuneJob[]): void {
  const width = Math.min(Math.max(process.stdout.columns || 120, 100), 160);
  console.log(`\n${resultTable(jobs, width).join('\n')}\n\n${totals(jobs)}\n`);
}

function commands(kubectlPath: string): string[] {
  const alias = findCommand('kubectl') ? [] : [`alias kubectl=${kubectlPath}`];
  return [
    'export KUBECONFIG=$(make -s kubeconfig)',
    ...alias,
    `kubectl get rj -n ${namespace} -o wide                  # all jobs, with answers`,
    `kubectl describe rj opposite-of-hot -n ${namespace}     # a score of several parts, and what happened when`,
    `kubectl logs story-too-long-1 -n ${namespace}           # the event lines of a runner`,
    `kubectl logs crash-loop-1 -n ${namespace} -c runner     # an agent that looks at a broken Pod, step by step`,
    `kubectl get rj -n ${namespace} --field-selector status.outcome=Failed`,
    `kubectl delete namespace ${namespace}                   # takes the demo away; make cluster-down all of it`,
  ].map((line) => `  ${line}`);
}
