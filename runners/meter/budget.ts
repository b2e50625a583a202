import type { JobFile, Prices } from '../../crds/job-file.ts';
import { costMicroUSD, microUSD } from '../../crds/money.ts';
import type { Tokens } from './call.ts';

/** Ends agents that loop for ever: the most calls of a job whose budget names no number of its own. */
export const DEFAULT_MAX_MODEL_CALLS = 1000;

export type Spent = { tokens: Tokens; modelCalls: number };

/** Why the next call may not be made, in a sentence, or undefined when it may. What cannot be priced is not within any budget. */
export function budgetRefusal(
  budget: JobFile['budget'],
  prices: Prices | undefined,
  spent: Spent,
  model: string,
): string | undefined {
  const maxCalls = budget?.maxModelCalls ?? DEFAULT_MAX_MODEL_CALLS;
  if (spent.modelCalls >= maxCalls) {
    return budget?.maxModelCalls === undefined
      ? `The agent has made ${maxCalls} model calls, the most of a job without budget.maxModelCalls.`
      : `budget.maxModelCalls is spent: ${maxCalls} calls were made.`;
  }
  const tokens = spent.tokens.inputTokens + spent.tokens.outputTokens;
  if (budget?.maxTokens !== undefined && tokens >= budget.maxTokens) {
    return `budget.maxTokens is spent: ${tokens} of ${budget.maxTokens} tokens were used.`;
  }
  return budget?.maxCostUSD === undefined ? undefined : costRefusal(budget.maxCostUSD, prices, spent.tokens, model);
}

function costRefusal(
  maxCostUSD: string,
  prices: Prices | undefined,
  tokens: Tokens,
  model: string,
): string | undefined {
  if (prices === undefined) {
    return `budget.maxCostUSD needs inputPerMillionTokensUSD and outputPerMillionTokensUSD of the model "${model}": set spec.prices, or the model's prices, in its RuneBackend.`;
  }
  const cost = costMicroUSD(tokens, prices);
  const max = microUSD(maxCostUSD);
  return cost < max ? undefined : `budget.maxCostUSD is spent: ${cost} of ${max} micro-USD were used.`;
}
