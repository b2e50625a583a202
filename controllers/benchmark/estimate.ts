import { estimateRun } from '../../crds/estimate.ts';
import { pricesOf } from '../../crds/make-job-file.ts';
import { microUSD } from '../../crds/money.ts';
import type { RuneBackend, RuneBenchmark, RuneRun } from '../../crds/types.ts';
import { usageHistory } from '../../crds/usage-history.ts';
import type { Size } from './readiness.ts';

/**
 * What the next run will cost, by earlier runs of the namespace or by assumedUsage. The lengths of the questions, which
 * a run's own estimate can rest on, are not looked at.
 */
export function nextEstimate(
  { metadata, spec }: RuneBenchmark,
  { questions }: Size,
  backend: (name: string) => RuneBackend | undefined,
  runs: readonly RuneRun[],
): NonNullable<RuneBenchmark['status']>['estimate'] {
  if (questions === 0) return undefined;
  const { assumedUsage, trials, jobTemplate } = spec;
  const maxCostUSD = jobTemplate.budget?.maxCostUSD;
  const cells = spec.agents.flatMap((agent) => spec.models.map((model) => ({ agent, model })));
  const estimate = estimateRun(
    cells.map(({ agent, model }) => {
      const served = backend(model.backendRef.name);
      const prices = served && pricesOf(served, model.name);
      const history = usageHistory(runs, metadata.name ?? '', agent.name, model.name);
      return {
        jobs: questions * trials,
        ...(prices === undefined ? {} : { prices }),
        ...(history === undefined ? {} : { history }),
        ...(assumedUsage === undefined ? {} : { assumedUsage }),
        ...(maxCostUSD === undefined ? {} : { jobBudgetMicroUSD: microUSD(maxCostUSD) }),
      };
    }),
  );
  if (estimate === undefined) return undefined;
  const { jobMicroUSDByCell: _byCell, ...told } = estimate;
  return told;
}
