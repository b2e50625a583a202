/**
 * `make demo`: from nothing to real questions answered by a real model in real Pods, and what that measured: single jobs
 * first, then a benchmark, and then the same after a bad commit.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RUNE_RUNS } from '../../controllers/kube/resource.ts';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { endChildren, endChildrenOnSignals } from '../cluster/children.ts';
import { say, saySomewhere, seconds, step } from '../cluster/progress.ts';
import { ClusterClient } from '../install/cluster-client.ts';
import { type Installation, install } from '../install/install.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { readManifests, toYaml, withImage } from '../install/manifest.ts';
import { installDemoAgents, jobsOf, prepareDemoAgents } from './agents.ts';
import { followRun } from './follow-run.ts';
import { unexpected } from './job-view.ts';
import { lookFurther } from './look-further.ts';
import { matrixTable } from './matrix-table.ts';
import { ProgressView } from './progress-view.ts';
import { resultTable, totals } from './result-table.ts';
import { removeJobs, runJobs } from './run-jobs.ts';
import { RunProgress } from './run-progress.ts';
import { verdicts } from './run-view.ts';

const namespace = 'rune-demo';
const benchmark = 'basics';
/** What is synced, and the same after one more commit. */
const git = join(import.meta.dirname, 'git');
const badCommit = join(import.meta.dirname, 'bad-commit');
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
async function demo(installation: Installation): Promise<boolean> {
  const { kubectl, images } = installation;
  const client = new ClusterClient(kubectl.kubeconfig);
  try {
    await step('model, agents and backend', async () => {
      await apply(kubectl, 'git/namespace.yaml');
      await deployServer(kubectl, modelManifest, 'rune-model', images.model ?? '', 'smollm2');
      await apply(kubectl, 'git/agents.yaml');
      await apply(kubectl, 'git/backend.yaml');
      await kubectl.run(['wait', 'runeagents/plain', 'runeagents/terse', '--for=condition=Callable', '--timeout=60s']);
      await isServed(kubectl, 'smollm2', 'ModelsPresent');
    });
    await step('what an earlier demo left is taken away', async () => {
      const which = [`runebenchmark/${benchmark}`, `runesuite/${benchmark}`, '--namespace', namespace];
      await kubectl.run(['delete', ...which, '--ignore-not-found', '--timeout=60s']);
      await removeJobs(kubectl, namespace, [modelJobs, agentJobs]);
    });
    const jobs = await singleJobs(installation, client);
    const runs = await benchmarkRuns(kubectl, client);
    const isAsExpected = judge(jobs, runs);
    console.log(`\nLook further:\n${lookFurther(kubectl.path, namespace, runs).join('\n')}`);
    say(`\nThe demo took ${seconds(performance.now())}.`);
    return isAsExpected;
  } finally {
    await client.close();
  }
}

async function singleJobs({ kubectl, images }: Installation, client: ClusterClient): Promise<RuneJob[]> {
  const building = prepareDemoAgents(); // Goes on beside the jobs of the model.
  building.catch(() => {}); // Told where it is awaited.
  say('\nSingle questions: kubectl create -f hack/demo/jobs');
  const view = new ProgressView(process.stderr);
  const restore = saySomewhere((line) => view.note(line));
  const direct = await runJobs(kubectl, client, namespace, [modelJobs], view).finally(restore);
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
  const contained = await runJobs(kubectl, client, namespace, files, new ProgressView(process.stderr));
  show(contained);
  return [...direct, ...contained];
}

/** @returns the runs of the benchmark as it is, and after a commit that makes one of its agents worse */
async function benchmarkRuns(kubectl: Kubectl, client: ClusterClient): Promise<[RuneRun, RuneRun]> {
  say('A benchmark: two agents, one model, six questions, three trials, in a folder as Argo CD or Flux would sync it.');
  const good = await sync(kubectl, client, git);
  say('Then comes a commit that saves tokens: `terse` may say two, too few for any answer. The change makes a run.');
  return [good, await sync(kubectl, client, badCommit)];
}

async function sync(kubectl: Kubectl, client: ClusterClient, path: string): Promise<RuneRun> {
  const known = new Set((await client.kube.list(RUNE_RUNS, { namespace })).map(({ metadata }) => metadata.uid ?? ''));
  say(`kubectl apply --server-side -k ${relative(process.cwd(), path)}\n`);
  await kubectl.run(['apply', '--server-side', '--force-conflicts', '-k', path]);
  const run = await followRun(client, { namespace, benchmark, known }, new RunProgress(process.stderr));
  console.log(`\n${matrixTable(run, tableWidth()).join('\n')}\n\n${verdicts(run).join('\n')}\n`);
  return run;
}

function judge(jobs: readonly RuneJob[], runs: readonly [RuneRun, RuneRun]): boolean {
  const { surprises, notes } = unexpected(jobs);
  for (const { metadata, status = {} } of runs) {
    if (isTrue(status.conditions, CONDITION.succeeded)) continue;
    surprises.push(`${metadata.name}: ${findCondition(status.conditions, CONDITION.finished)?.message}`);
  }
  if (!isTrue(runs[1].status?.conditions, CONDITION.regressed)) notes.push('the bad commit made nothing worse.');
  for (const sentence of notes) console.log(`Measured otherwise than where this was written: ${sentence}`);
  if (notes.length > 0) console.log('(The model may choose another word on another processor; this is no failure.)');
  for (const sentence of surprises) console.log(`NOT AS EXPECTED: ${sentence}`);
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

function show(jobs: readonly RuneJob[]): void {
  console.log(`\n${resultTable(jobs, tableWidth()).join('\n')}\n\n${totals(jobs)}\n`);
}

function tableWidth(): number {
  return Math.min(Math.max(process.stdout.columns || 120, 100), 160);
}
