import { ANNOTATION_CHANGE, API_VERSION, LABEL, RUNE_BENCHMARK, RUNE_RUN } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun, RuneRunManifest } from '../../crds/types.ts';
import { ownerReference } from '../owner-reference.ts';
import { sha256 } from './content.ts';

/** What of a benchmark a run on change is for. */
export type Change = { generation: number; sha256: string };

/** What asks for a run: a time of the schedule (milliseconds since the epoch), or a change of the benchmark. */
export type Trigger = { trigger: 'Schedule'; time: number } | { trigger: 'Change'; change: Change };

/** Names follow from what asks for the run, so that two operators that answer to the same make one. */
export function runName({ metadata }: RuneBenchmark, asked: Trigger): string {
  if (asked.trigger === 'Schedule') return `${metadata.name}-${Math.floor(asked.time / 60_000)}`;
  return `${metadata.name}-${sha256([metadata.uid, asked.change.generation]).slice(0, 8)}`;
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
      ...(asked.trigger === 'Change' ? { annotations: { [ANNOTATION_CHANGE]: changeText(asked.change) } } : {}),
      ownerReferences: [ownerReference(benchmark, RUNE_BENCHMARK)],
    },
    spec: { benchmarkRef: { name }, trigger: asked.trigger },
  };
}

/**
 * Whether a run on change is for this one, too: it was made for the same content, which was edited elsewhere before the
 * status could tell of the run; or it waited, and took up the newest generation when it started.
 * @param last the generation of the last change that the status tells of
 */
export function isFor(run: RuneRun, change: Change, last: number): boolean {
  if (run.spec.trigger !== 'Change') return false;
  if (run.status?.pinned?.benchmarkGeneration === change.generation) return true;
  const [generation, sha256] = run.metadata.annotations?.[ANNOTATION_CHANGE]?.split('/') ?? [];
  return Number(generation) > last && sha256 === change.sha256;
}

function changeText({ generation, sha256 }: Change): string {
  return `${generation}/${sha256}`;
}
