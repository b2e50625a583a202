import { isDeepStrictEqual } from 'node:util';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneBenchmark, RuneRun } from '../../crds/types.ts';

export function isFinished({ status }: RuneRun): boolean {
  return isTrue(status?.conditions, CONDITION.finished);
}

/** Whether a change of a run is one that its benchmark looks at: how far it is is not. */
export function isNews(before: RuneRun | undefined, after: RuneRun): boolean {
  if (before === undefined || isFinished(after)) return true;
  const seen = ({ metadata, spec, status }: RuneRun) => [
    metadata.deletionTimestamp,
    spec,
    status?.pinned,
    status?.baseline,
  ];
  return !isDeepStrictEqual(seen(before), seen(after));
}

/** Runs that go on or wait for something; not those that wait for a person. */
export function activeRuns(runs: readonly RuneRun[]): RuneRun[] {
  return runs.filter((run) => !isFinished(run) && !run.spec.suspend && run.metadata.deletionTimestamp === undefined);
}

/** The newest first. */
export function finishedRuns(runs: readonly RuneRun[]): RuneRun[] {
  return runs.filter(isFinished).toSorted((a, b) => completion(b) - completion(a) || (nameOf(a) < nameOf(b) ? 1 : -1));
}

/**
 * Finished runs beyond the history limits, of those that the benchmark owns. What another run is, or may be, compared
 * with stays. Pure.
 */
export function surplusRuns(benchmark: RuneBenchmark, runs: readonly RuneRun[]): RuneRun[] {
  const { successfulRunsHistoryLimit, failedRunsHistoryLimit } = benchmark.spec;
  const owned = finishedRuns(runs).filter(({ metadata }) => {
    const isOwned = metadata.ownerReferences?.some(({ uid }) => uid === benchmark.metadata.uid);
    return isOwned && metadata.deletionTimestamp === undefined;
  });
  const [good, bad] = [owned.filter(isSuccessful), owned.filter((run) => !isSuccessful(run))];
  const surplus = [...good.slice(successfulRunsHistoryLimit), ...bad.slice(failedRunsHistoryLimit)];
  const kept = baselines(benchmark, runs);
  return surplus.filter(({ metadata }) => !kept.has(metadata.uid ?? ''));
}

/** uids of the runs that others are, or are to be, compared with. */
function baselines(benchmark: RuneBenchmark, runs: readonly RuneRun[]): Set<string> {
  const { baselineRef } = benchmark.spec;
  const ofLive = runs.filter((run) => !isFinished(run)).flatMap(({ status }) => status?.baseline?.uid ?? []);
  const named = runs.filter(({ metadata }) => metadata.name === baselineRef?.name);
  const lastPassed = baselineRef?.policy === undefined ? [] : finishedRuns(runs).filter(isGood).slice(0, 1);
  return new Set([...ofLive, ...[...named, ...lastPassed].map(({ metadata }) => metadata.uid ?? '')]);
}

export function isSuccessful({ status }: RuneRun): boolean {
  return isTrue(status?.conditions, CONDITION.succeeded);
}

function isGood(run: RuneRun): boolean {
  const conditions = run.status?.conditions;
  return isSuccessful(run) && isTrue(conditions, CONDITION.criteriaMet) && !isTrue(conditions, CONDITION.regressed);
}

/** What a benchmark says of its newest finished run. */
export function lastRunOf(run: RuneRun): NonNullable<RuneBenchmark['status']>['lastRun'] {
  const { summary, completionTime, conditions } = run.status ?? {};
  return {
    name: run.metadata.name ?? '',
    outcome: findCondition(conditions, CONDITION.finished)?.reason ?? '',
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(summary?.pass === undefined ? {} : { pass: summary.pass }),
    ...(summary?.cost === undefined ? {} : { cost: summary.cost }),
  };
}

/** When it ended, in milliseconds since the epoch. */
export function completion({ status }: RuneRun): number {
  return Date.parse(status?.completionTime ?? '') || 0;
}

function nameOf({ metadata }: RuneRun): string {
  return metadata.name ?? '';
}
