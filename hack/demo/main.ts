/** `make demo`: from nothing to real questions answered by a real model in real Pods, and what that measured. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RUNE_RUNS } from '../../controllers/kube/resource.ts';
import { isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import { endChildren, endChildrenOnSignals } from '../cluster/children.ts';
import { findCommand } from '../cluster/command.ts';
import { say, seconds, step } from '../cluster/progress.ts';
import { ClusterClient } from '../install/cluster-client.ts';
import { type Installation, install } from '../install/install.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { readManifests, toYaml, withImage } from '../install/manifest.ts';
import { installDemoAgents, jobsOf, prepareDemoAgents } from './agents.ts';
import { followRun, said } from './follow-run.ts';
import { unexpected } from './job-view.ts';
import { matrixTable } from './matrix-table.ts';
import { ProgressView } from './progress-view.ts';
import { resultTable, totals } from './result-table.ts';
import { removeJobs, runJobs } from './run-jobs.ts';

const namespace = 'rune-demo';
const benchmark = 'basics';
const folder = import.meta.dirname;
const modelManifest = join(folder, '..', 'model', 'model.yaml');
const scriptedManifest = join(folder, '..', 'e2e', 'scripted-model', 'manifest.yaml');
const git = join(folder, 'git');
const badCommit = join(folder, 'bad-commit');
const agentJobs = join(folder, 'agent-jobs');

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
  await apply(kubectl, 'git/namespace.yaml');
  await step('model', async () => deployServer(kubectl, modelManifest, 'rune-model', images.model ?? '', 'smollm2'));
  await removeJobs(kubectl, namespace, [agentJobs]);
  await kubectl.run(['delete', 'runebenchmarks', '--all', '--namespace', namespace, '--timeout=60s']);

  const building = prepareDemoAgents(); // Goes on beside the runs.
  building.catch(() => {}); // Told where it is awaited.
  const isMeasured = await measure(kubectl);

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
  say('Single jobs, of agents in containers of their own. The backend `scripted` is no model: it says what its script');
  say('tells it, since small real models do not call tools. The tools, the agents and the faults are real.');
  const contained = await ask(kubectl, files, new ProgressView(process.stderr));
  show(contained);

  const { surprises, notes } = unexpected(contained);
  for (const sentence of notes) console.log(`Measured otherwise than where this was written: ${sentence}`);
  for (const sentence of surprises) console.log(`NOT AS EXPECTED: ${sentence}`);
  console.log(`\nLook further:\n${commands(kubectl.path).join('\n')}`);
  say(`\nThe demo took ${seconds(performance.now())}.`);
  return isMeasured && surprises.length === 0;
}

/** Two runs of the benchmark: of the folder as it is, and after a commit that makes one agent worse. */
async function measure(kubectl: Kubectl): Promise<boolean> {
  const client = new ClusterClient(kubectl.kubeconfig);
  try {
    const known = new Set((await client.kube.list(RUNE_RUNS, { namespace })).map(({ metadata }) => metadata.uid ?? ''));
    const run = async (path: string) => {
      say(`\nkubectl apply --server-side -k ${relative(process.cwd(), path)}`);
      await kubectl.run(['apply', '--server-side', '--force-conflicts', '--field-manager=rune-hack', '-k', path]);
      const finished = await followRun(client, namespace, benchmark, known, process.stderr);
      known.add(finished.metadata.uid ?? '');
      console.log(`\n${matrixTable(finished, width()).join('\n')}\n`);
      return finished;
    };
    const first = await run(git);
    console.log(said(first, CONDITION.criteriaMet));
    say(
      '\nA bad commit: the terse agent may say no more than two tokens. The change of the RuneBenchmark makes a run.',
    );
    const second = await run(badCommit);
    console.log(said(second, CONDITION.regressed));
    const isFound = isTrue(second.status?.conditions, CONDITION.regressed);
    if (!isFound) console.log('NOT AS EXPECTED: the second run should have regressed.');
    return isTrue(first.status?.conditions, CONDITION.succeeded) && isFound;
  } finally {
    await client.close();
  }
}

async function apply(kubectl: Kubectl, file: string): Promise<void> {
  await kubectl.apply(await readFile(join(folder, file), 'utf8'));
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
  console.log(`\n${resultTable(jobs, width()).join('\n')}\n\n${totals(jobs)}\n`);
}

function width(): number {
  return Math.min(Math.max(process.stdout.columns || 120, 100), 160);
}

function commands(kubectlPath: string): string[] {
  const alias = findCommand('kubectl') ? [] : [`alias kubectl=${kubectlPath}`];
  return [
    'export KUBECONFIG=$(make -s kubeconfig)',
    ...alias,
    `kubectl get rbm,rr,rsu -n ${namespace}                  # benchmark, runs, suite`,
    `kubectl describe rr -n ${namespace}                     # what each cell found, and why it says so`,
    `kubectl wait rbm/${benchmark} -n ${namespace} --for=condition=Regressed=False --timeout=5s   # a gate: it fails`,
    `kubectl get rj -n ${namespace} -o wide                  # all jobs, with answers`,
    `kubectl logs crash-loop-1 -n ${namespace} -c runner     # an agent that looks at a broken Pod, step by step`,
    `kubectl get rj -n ${namespace} --field-selector status.outcome=Failed`,
    `kubectl delete namespace ${namespace}                   # takes the demo away; make cluster-down all of it`,
  ].map((line) => `  ${line}`);
}
