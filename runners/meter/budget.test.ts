import { describe, expect, it } from 'vitest';
import type { JobFile, Prices } from '../../crds/job-file.ts';
import { budgetRefusal } from './budget.ts';

const PRICES: Prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };
const spent = (modelCalls: number, inputTokens = 0, outputTokens = 0) => ({
  modelCalls,
  tokens: { inputTokens, outputTokens, cachedTokens: 0, reasoningTokens: 0 },
});

describe('budgetRefusal', () => {
  it.each<[JobFile['budget'], Prices | undefined, ReturnType<typeof spent>, string | undefined]>([
    [undefined, undefined, spent(999), undefined],
    [
      undefined,
      undefined,
      spent(1000),
      'The agent has made 1000 model calls, the most of a job without budget.maxModelCalls.',
    ],
    [{ maxModelCalls: 2000 }, undefined, spent(1000), undefined],
    [{ maxModelCalls: 1 }, undefined, spent(0), undefined],
    [{ maxModelCalls: 1 }, undefined, spent(1), 'budget.maxModelCalls is spent: 1 calls were made.'],
    [{ maxTokens: 10 }, undefined, spent(1, 5, 4), undefined],
    [{ maxTokens: 10 }, undefined, spent(1, 5, 5), 'budget.maxTokens is spent: 10 of 10 tokens were used.'],
    [{ maxCostUSD: '0.000010' }, PRICES, spent(1, 1, 4), undefined],
    [{ maxCostUSD: '0.000010' }, PRICES, spent(1, 2, 4), 'budget.maxCostUSD is spent: 10 of 10 micro-USD were used.'],
    [
      { maxCostUSD: '5' },
      undefined,
      spent(0),
      'budget.maxCostUSD needs inputPerMillionTokensUSD and outputPerMillionTokensUSD of the model "m": set spec.prices, or the model\'s prices, in its RuneBackend.',
    ],
  ])('%j, %j, %j', (budget, prices, so, refusal) => {
    expect(budgetRefusal(budget, prices, so, 'm')).toBe(refusal);
  });
});
