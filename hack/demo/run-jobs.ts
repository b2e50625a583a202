import { RUNE_JOBS } from '../../controllers/kube/resource.ts';
import { LABEL } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { Kubectl } from '../install/kubectl.ts';
import { expectedOutcome, isAsked, isFinished } from './job-view.ts';
import type { ProgressView } from './progress-view.ts';

const limitSeconds = 300;

/** Takes earlier jobs of these files away, with their Pods: a job made again under the same name needs the Pod's name. */
export async function removeJobs(kubectl: Kubectl, namespace: string, paths: readonly string[]): Promise<void> {
  const files = [...filenames(paths), '--ignore-not-found'];
  const found = (
    await kubectl.run(['get', ...files, '--output=jsonpath={.items[*].metadata.uid}{.metadata.uid}'])
  ).trim();
  await kubectl.run(['delete', ...files, '--timeout=60s']);
  if (found === '') return;
  const theirs = `${LABEL.jobUid} in (${found.split(/\s+/).join(',')})`;
  await kubectl.run(['delete', 'pods', '--selector', theirs, '--namespace', namespace, '--timeout=60s']);
}

/** Makes the jobs of files and folders, cancels the one that is to be cancelled, and waits until all have ended. */
export async function runJobs(
  kubectl: Kubectl,
  client: ClusterClient,
  namespace: string,
  paths: readonly string[],
  view: ProgressView,
): Promise<RuneJob[]> {
  const names = (await kubectl.run(['create', ...filenames(paths), '--output=name'])).trim().split('\n');
  const made = new Set(names.map((name) => name.split('/').at(-1) ?? ''));
  const latest = new Map<string, RuneJob>();
  const cancelled = new Set<string>();
  const signal = AbortSignal.timeout(limitSeconds * 1000);
  try {
    for await (const job of client.follow(RUNE_JOBS, namespace, signal)) {
      const name = job.metadata.name ?? '';
      if (!made.has(name)) continue; // Somebody else's, or of an earlier round.
      latest.set(name, job);
      view.update(job);
      if (expectedOutcome(job) === 'Cancelled' && isAsked(job) && !cancelled.has(name)) {
        cancelled.add(name);
        await cancel(kubectl, namespace, name);
      }
      if (latest.size === made.size && [...latest.values()].every(isFinished)) break;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const open = [...latest.values()].filter((job) => !isFinished(job)).map((job) => job.metadata.name);
    throw new Error(`not finished after ${limitSeconds} s: ${open.join(', ')}`, { cause });
  }
  return [...latest.values()];
}

function filenames(paths: readonly string[]): string[] {
  return paths.flatMap((path) => ['--filename', path]);
}

async function cancel(kubectl: Kubectl, namespace: string, name: string): Promise<void> {
  const patch = '{"spec":{"cancel":true}}';
  await kubectl.run(['patch', 'runejob', name, '--namespace', namespace, '--type=merge', '--patch', patch]);
}
