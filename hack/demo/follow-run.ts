import { RUNE_RUNS } from '../../controllers/kube/resource.ts';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import { seconds } from '../cluster/progress.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import { progress } from './matrix-table.ts';

const limitSeconds = 600;
/** Without a terminal a line is written now and then. */
const lineSeconds = 5;

/** Shows how far the benchmark's next run is, until it has finished: that which is none of `known`. */
export async function followRun(
  client: ClusterClient,
  namespace: string,
  benchmark: string,
  known: ReadonlySet<string>,
  output: NodeJS.WriteStream,
): Promise<RuneRun> {
  const began = performance.now();
  let shown = '';
  let writtenAt = Number.NEGATIVE_INFINITY;
  const signal = AbortSignal.timeout(limitSeconds * 1000);
  for await (const run of client.follow(RUNE_RUNS, namespace, signal)) {
    if (run.spec.benchmarkRef.name !== benchmark || known.has(run.metadata.uid ?? '')) continue;
    const isOver = isTrue(run.status?.conditions, CONDITION.finished);
    const line = `  ${seconds(performance.now() - began).padStart(7)}  ${progress(run)}`;
    if (output.isTTY) output.write(`\r\x1b[2K${line.slice(0, output.columns - 1)}${isOver ? '\n' : ''}`);
    else if (isOver || (performance.now() - writtenAt > lineSeconds * 1000 && progress(run) !== shown)) {
      output.write(`${line}\n`);
      writtenAt = performance.now();
    }
    shown = progress(run);
    if (isOver) return run;
  }
  throw new Error(`no run of ${benchmark} finished within ${limitSeconds} s`);
}

/** What a finished run says of one of its conditions, such as `Regressed=True: The pass rate of ...`. */
export function said({ status }: RuneRun, type: string): string {
  const condition = findCondition(status?.conditions, type);
  return `${type}=${condition?.status ?? 'Unknown'}: ${condition?.message ?? 'nothing is said of it.'}`;
}
