import { API_VERSION, LABEL, RUNE_BENCHMARK, RUNE_RUN } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRunManifest } from '../../crds/types.ts';
import { ownerReference } from '../owner-reference.ts';
import { sha256 } from './content.ts';

/** What asks for a run: a time of the schedule (milliseconds since the epoch), or the spec as it is now. */
export type Trigger = { trigger: 'Schedule'; time: number } | { trigger: 'Change' };

/** Names follow from what asks for the run, so that two operators that answer to the same make one. */
export function runName({ metadata }: RuneBenchmark, asked: Trigger): string {
  if (asked.trigger === 'Schedule') return `${metadata.name}-${Math.floor(asked.time / 60_000)}`;
  return `${metadata.name}-${sha256([metadata.uid, metadata.generation]).slice(0, 8)}`;
}

export function newRun(benchmark: RuneBenchmark, asked: Trigger): RuneRunManifest {
  const { name = '', namespace = '' } = benchmark.metadata;
  return {
    apiVersion: API_VERSION,
    kind: RUNE_RUN.kind as 'RuneRun',
    metadata: {
      name: runName(benchmark, asked),
      namespace,
      labels: { [LABEL.benchmark]: name },
      ownerReferences: [ownerReference(benchmark, RUNE_BENCHMARK)],
    },
    spec: { benchmarkRef: { name }, trigger: asked.trigger },
  };
}
