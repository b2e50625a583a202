import { CASE_OPEN, CASES_IN_N } from '../../crds/cases.ts';
import { Sample } from '../../crds/statistics/sample.ts';
import type { JobRecord } from './job-record.ts';

/** Cases whose tokens tell what one like them will take. */
const WITH_USAGE = `${CASES_IN_N}A`;

/** What the RuneJobs of a cell told, summed up as they come and go; so summing up does not take longer the more there are. */
export class CellTally {
  /** Of those that answered, in milliseconds. */
  readonly latencies = new Sample();
  /** Tokens of those that were measured. */
  readonly inputTokens = new Sample();
  readonly outputTokens = new Sample();
  readonly loads = new Sample();
  cachedTokens = 0;
  costMicroUSD = 0;
  retries = 0;
  /** How many jobs were asked of each agent, by digest and generation. */
  readonly #agents = new Map<string, number>();

  static of(records: readonly JobRecord[]): CellTally {
    const tally = new CellTally();
    for (const record of records) tally.exchange(undefined, record);
    return tally;
  }

  /** A job is another than it was: undefined before it was there, and once it is gone. */
  exchange(before: JobRecord | undefined, after: JobRecord | undefined): void {
    if (before !== undefined) this.#count(before, -1);
    if (after !== undefined) this.#count(after, 1);
  }

  /** How many agents there were, by digest and generation. */
  get agents(): number {
    return this.#agents.size;
  }

  #count(record: JobRecord, sign: 1 | -1): void {
    const change = sign === 1 ? 'add' : 'remove';
    this.costMicroUSD += sign * (record.costMicroUSD ?? 0);
    this.retries += sign * record.retries;
    this.loads[change](record.load);
    this.#countAgent(record.agent, sign);
    if (record.case === CASE_OPEN) return;
    if (record.latency !== undefined) this.latencies[change](record.latency);
    if (!record.hasUsage || !WITH_USAGE.includes(record.case)) return;
    this.inputTokens[change](record.inputTokens);
    this.outputTokens[change](record.outputTokens);
    this.cachedTokens += sign * record.cachedTokens;
  }

  #countAgent(agent: string | undefined, sign: 1 | -1): void {
    if (agent === undefined) return;
    const count = (this.#agents.get(agent) ?? 0) + sign;
    if (count === 0) this.#agents.delete(agent);
    else this.#agents.set(agent, count);
  }
}
