import { RUNE_RUNS } from '../../controllers/kube/resource.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import type { RunProgress } from './run-progress.ts';
import { isFinishedRun } from './run-view.ts';

const limitSeconds = 300;

/** Shows how far the benchmark's next run is, which is none of `known` (uids), until it has finished. */
export async function followRun(
  client: ClusterClient,
  { namespace, benchmark, known }: { namespace: string; benchmark: string; known: ReadonlySet<string> },
  view: RunProgress,
): Promise<RuneRun> {
  const signal = AbortSignal.timeout(limitSeconds * 1000);
  let last: RuneRun | undefined;
  try {
    for await (const run of client.follow(RUNE_RUNS, namespace, signal)) {
      if (run.spec.benchmarkRef.name !== benchmark || known.has(run.metadata.uid ?? '')) continue;
      last = run;
      view.update(run);
      if (isFinishedRun(run)) break;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const state = last === undefined ? 'it is not there' : last.status?.summary?.state;
    const name = last?.metadata.name ?? `of ${benchmark}`;
    throw new Error(`RuneRun ${name} has not finished after ${limitSeconds} s: ${state}`, { cause });
  }
  return last as RuneRun;
}
