import type { JobFile, Prices } from '../../crds/job-file.ts';
import { costMicroUSD } from '../../crds/money.ts';
import type { Report } from '../../crds/report.ts';
import { budgetRefusal } from './budget.ts';
import { type CallRecord, NO_TOKENS, type Tokens } from './call.ts';

/** The calls of a job, their sums, and whether its budget allows another one. */
export class Ledger {
  /** In the order in which they ended. */
  readonly calls: CallRecord[] = [];
  #begun = 0;
  readonly #budget: JobFile['budget'];
  readonly #prices: Prices | undefined;
  readonly #model: string;

  constructor(job: Pick<JobFile, 'budget' | 'prices' | 'model'>) {
    this.#budget = job.budget;
    this.#prices = job.prices;
    this.#model = job.model.name;
  }

  /** Why the next call may not be made. */
  refusal(): string | undefined {
    return budgetRefusal(this.#budget, this.#prices, { tokens: this.#tokens(), modelCalls: this.#begun }, this.#model);
  }

  /** Counts a call that goes to the backend and gives its number. */
  begin(): number {
    this.#begun += 1;
    return this.#begun;
  }

  /** False for one that tells nothing new: an agent can be refused for the same reason without end, which memory has. */
  record(call: CallRecord): boolean {
    const last = this.calls.at(-1);
    const isRepeated = call.number === 0 && last?.number === 0 && last.kind === call.kind;
    if (!isRepeated) this.calls.push(call);
    return !isRepeated;
  }

  usage(): Report['usage'] {
    const toolCalls = this.calls.reduce((sum, call) => sum + call.toolCalls.length, 0);
    return {
      ...this.#tokens(),
      modelCalls: this.#begun,
      toolCalls,
      estimated: this.calls.some((call) => call.estimated),
    };
  }

  /** Millionths of a US dollar; undefined when the model has no known price. */
  costMicroUSD(): number | undefined {
    return this.#prices === undefined ? undefined : costMicroUSD(this.#tokens(), this.#prices);
  }

  /** By the meter's clock; undefined when none went to the backend. */
  firstCallAt(): number | undefined {
    const times = this.calls.flatMap((call) => (call.number > 0 ? call.startedAt : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** By the meter's clock; undefined when no answer was streamed. */
  firstTokenAt(): number | undefined {
    const times = this.calls.flatMap((call) => call.firstTokenAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** As the last call that named one has it. */
  servedModel(): string | undefined {
    return this.calls.findLast((call) => call.servedModel !== undefined)?.servedModel;
  }

  #tokens(): Tokens {
    return this.calls.reduce(
      (sum, { tokens }) => ({
        inputTokens: sum.inputTokens + tokens.inputTokens,
        outputTokens: sum.outputTokens + tokens.outputTokens,
        cachedTokens: sum.cachedTokens + tokens.cachedTokens,
        reasoningTokens: sum.reasoningTokens + tokens.reasoningTokens,
      }),
      NO_TOKENS,
    );
  }
}
