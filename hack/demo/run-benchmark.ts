import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RUNE_RUNS } from '../../controllers/kube/resource.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { commitTo } from './bad-commit.ts';
import type { RunProgress } from './run-progress.ts';
import { isFinishedRun } from './run-view.ts';

/** The folder that is synced. */
export const repository = join(import.meta.dirname, 'repository');
const benchmark = 'basics';
const limitSeconds = 300;

/** Takes the benchmark of an earlier demo away, with its runs and their jobs. */
export async function removeBenchmark(kubectl: Kubectl, namespace: string): Promise<void> {
  const which = ['runebenchmark', benchmark, '--namespace', namespace];
  await kubectl.run(['delete', ...which, '--ignore-not-found', '--cascade=foreground', '--timeout=120s']);
}

/** Does what Argo CD and Flux do after a commit. */
export async function syncRepository(kubectl: Kubectl): Promise<void> {
  await kubectl.run(['apply', '--kustomize', repository]);
}

/** The same after the bad commit. */
export async function syncBadCommit(kubectl: Kubectl): Promise<void> {
  const manifest = await readFile(join(repository, 'benchmark.yaml'), 'utf8');
  await kubectl.run(['apply', '--filename=-'], commitTo(manifest));
}

/** Waits until the benchmark's run that is not `before` has finished. */
export async function followRun(
  client: ClusterClient,
  namespace: string,
  before: RuneRun | undefined,
  view: RunProgress,
): Promise<RuneRun> {
  const signal = AbortSignal.timeout(limitSeconds * 1000);
  let last: RuneRun | undefined;
  try {
    for await (const run of client.follow(RUNE_RUNS, namespace, signal)) {
      if (run.spec.benchmarkRef.name !== benchmark || run.metadata.uid === before?.metadata.uid) continue;
      last = run;
      view.update(run);
      if (isFinishedRun(run)) return run;
    }
  } catch (cause) {
    throw signal.aborted ? tooLong(last, cause) : cause;
  }
  throw tooLong(last, undefined);
}

function tooLong(run: RuneRun | undefined, cause: unknown): Error {
  const state = run === undefined ? 'it is not there' : run.status?.summary?.state;
  const name = run?.metadata.name ?? `of ${benchmark}`;
  return new Error(`RuneRun ${name} has not finished after ${limitSeconds} s: ${state}`, { cause });
}
