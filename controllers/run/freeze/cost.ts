import { type CellToEstimate, estimateRun } from '../../../crds/estimate.ts';
import type { FrozenCell } from '../../../crds/frozen-run.ts';
import type { Question } from '../../../crds/job-file.ts';
import { microUSD } from '../../../crds/money.ts';
import { RUN_STARTED_REASON } from '../../../crds/names.ts';
import type { RuneBackend, RuneBenchmark, RuneRun } from '../../../crds/types.ts';
import { usageHistory } from '../../../crds/usage-history.ts';
import type { Catalogue } from './cells.ts';
import { refuse } from './not-frozen.ts';

type Estimated = NonNullable<ReturnType<typeof estimateRun>>;
type Asked = { benchmark: RuneBenchmark; cells: readonly FrozenCell[]; questions: readonly Question[]; trials: number };

/** What a run of these questions will cost; undefined when nothing can be said. */
export function estimateOf(
  { benchmark, cells, questions, trials }: Asked,
  runs: readonly RuneRun[],
  catalogue: Catalogue,
): Estimated | undefined {
  const { assumedUsage, jobTemplate } = benchmark.spec;
  const maxCostUSD = jobTemplate.budget?.maxCostUSD;
  return estimateRun(
    cells.map(({ agent, model, prices }): CellToEstimate => {
      const history = usageHistory(runs, benchmark.metadata.name ?? '', agent.name, model.name);
      const direct = catalogue.agent(agent.agentRef.name)?.spec.openai;
      const systemPrompt = String(agent.options?.['systemPrompt'] ?? direct?.systemPrompt ?? '');
      const maxOutputTokens = mostOutput(agent.options, catalogue.backend(model.backendRef.name), model.name);
      const isBounded = direct !== undefined && maxOutputTokens !== undefined;
      const promptBytes = Buffer.byteLength(systemPrompt) + meanBytes(questions);
      return {
        jobs: questions.length * trials,
        ...(prices === undefined ? {} : { prices }),
        ...(history === undefined ? {} : { history }),
        ...(assumedUsage === undefined ? {} : { assumedUsage }),
        ...(isBounded ? { direct: { promptBytes, maxOutputTokens } } : {}),
        ...(maxCostUSD === undefined ? {} : { jobBudgetMicroUSD: microUSD(maxCostUSD) }),
      };
    }),
  );
}

/** What is reserved for each job in progress, by cell, where the run has a budget. A run that does not fit is refused. */
export function reservationsOf({ spec }: RuneBenchmark, estimate: Estimated | undefined): number[] | undefined {
  if (spec.budget === undefined) return undefined;
  const { maxCostUSD } = spec.budget;
  if (estimate === undefined) {
    const message =
      'The run has a budget, and its cost cannot be estimated: add prices of all models to their RuneBackends, and where no earlier run tells how much a job uses, assumedUsage to the RuneBenchmark; then create the run again.';
    return refuse(RUN_STARTED_REASON.noEstimate, message);
  }
  const least = Math.min(...estimate.jobMicroUSDByCell);
  if (least > microUSD(maxCostUSD)) {
    const message = `A single job reserves $${(least / 1e6).toFixed(4)}, and budget.maxCostUSD is ${maxCostUSD}: raise the budget, or lower jobTemplate.budget.maxCostUSD or assumedUsage.`;
    return refuse(RUN_STARTED_REASON.budgetTooSmall, message);
  }
  return estimate.jobMicroUSDByCell;
}

/** The most tokens of an answer: what the agent's options say, or else what the model's context takes. */
function mostOutput(
  options: Record<string, unknown> | undefined,
  backend: RuneBackend | undefined,
  model: string,
): number | undefined {
  const asked = options?.['maxTokens'];
  if (typeof asked === 'number' && asked > 0) return Math.ceil(asked);
  return backend?.spec.models?.find(({ name }) => name === model)?.contextWindow;
}

function meanBytes(questions: readonly Question[]): number {
  const bytes = questions.map(({ prompt, context = '' }) => Buffer.byteLength(prompt) + Buffer.byteLength(context));
  return bytes.reduce((sum, one) => sum + one, 0) / Math.max(1, bytes.length);
}
