import { isTrue } from '../../../crds/conditions.ts';
import { CONDITION, RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../../crds/types.ts';
import { waitFor } from './not-frozen.ts';

/** The run that another one of the benchmark is compared with; undefined when it is to be compared with none. */
export function baselineOf(benchmark: RuneBenchmark, runs: readonly RuneRun[]): RuneRun | undefined {
  const { baselineRef } = benchmark.spec;
  if (baselineRef === undefined) return undefined;
  if (baselineRef.name === undefined) return lastPassed(benchmark, runs);
  const named = runs.find(({ metadata }) => metadata.name === baselineRef.name);
  if (named !== undefined && isTrue(named.status?.conditions, CONDITION.finished)) return named;
  const what = named === undefined ? 'does not exist in this namespace' : 'has not finished';
  const message = `The baseline, RuneRun "${baselineRef.name}", ${what}: the run goes on once it has finished; else change baselineRef of the RuneBenchmark.`;
  return waitFor(RUN_STARTED_REASON.baselineNotFound, message);
}

/** The newest finished run of the benchmark that met its criteria and had not become worse. */
export function lastPassed(benchmark: RuneBenchmark, runs: readonly RuneRun[]): RuneRun | undefined {
  const passed = runs.filter(({ spec, status }) => {
    const holds = (type: string) => isTrue(status?.conditions, type);
    const isGood = holds(CONDITION.succeeded) && holds(CONDITION.criteriaMet) && !holds(CONDITION.regressed);
    return spec.benchmarkRef.name === benchmark.metadata.name && isGood;
  });
  return passed
    .toSorted((a, b) => ((a.status?.completionTime ?? '') < (b.status?.completionTime ?? '') ? 1 : -1))
    .at(0);
}
