import type { RuneRun } from './types.ts';

type RunStatus = NonNullable<RuneRun['status']>;
type ReportedUsage = NonNullable<NonNullable<RunStatus['cells']>[number]['usage']>;

/** What measured jobs of one agent and model used, as if all of them were one sample. */
export type UsageHistory = Required<ReportedUsage> & { /** Of the same benchmark. */ isOwn: boolean };

/** So many finished runs are looked at: older ones tell less of today's agents. */
const NEWEST_RUNS = 20;

/**
 * What earlier jobs of an agent and a model used: from the newest 20 finished runs of the benchmark that know it, or where
 * there is none, of other benchmarks among `runs`, whose questions differ. Undefined when none is known.
 */
export function usageHistory(
  runs: readonly RuneRun[],
  benchmark: string,
  agent: string,
  model: string,
): UsageHistory | undefined {
  const known = runs.flatMap(({ spec, status }) => {
    const usage = status?.cells?.find((cell) => cell.agent === agent && cell.model === model)?.usage;
    if (status?.completionTime === undefined || !usage?.jobs) return [];
    return [{ usage, time: status.completionTime, isOwn: spec.benchmarkRef.name === benchmark }];
  });
  const isOwn = known.some((one) => one.isOwn);
  const newest = known
    .filter((one) => one.isOwn === isOwn)
    .toSorted((a, b) => b.time.localeCompare(a.time))
    .slice(0, NEWEST_RUNS);
  return newest.length === 0 ? undefined : { ...pool(newest.map(({ usage }) => usage)), isOwn };
}

function pool(usages: readonly ReportedUsage[]): Required<ReportedUsage> {
  const all = (field: keyof ReportedUsage) => usages.map((usage) => usage[field] ?? 0);
  const jobs = all('jobs');
  const [input, output] = [all('inputTokens'), all('outputTokens')];
  return {
    jobs: sum(jobs),
    inputTokens: sum(input),
    outputTokens: sum(output),
    cachedTokens: sum(all('cachedTokens')),
    inputDeviation: Math.ceil(pooledDeviation(jobs, input, all('inputDeviation'))),
    outputDeviation: Math.ceil(pooledDeviation(jobs, output, all('outputDeviation'))),
    maxInputTokens: Math.max(...all('maxInputTokens')),
    maxOutputTokens: Math.max(...all('maxOutputTokens')),
  };
}

/**
 * The standard deviation of all values, of which samples tell their sizes, sums and deviations: squares within the samples
 * and between them, as in an analysis of variance.
 */
function pooledDeviation(sizes: readonly number[], sums: readonly number[], deviations: readonly number[]): number {
  const size = sum(sizes);
  if (size < 2) return 0;
  const mean = sum(sums) / size;
  const squares = sizes.map((n, place) => {
    const [total = 0, deviation = 0] = [sums[place], deviations[place]];
    return (n - 1) * deviation ** 2 + n * (total / n - mean) ** 2;
  });
  return Math.sqrt(sum(squares) / (size - 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
