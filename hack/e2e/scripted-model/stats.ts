import type { TokenCounts } from './behaviour.ts';

/** What became of one request, as the server saw it. */
export interface ServedRequest {
  id: number;
  /** RFC 3339. */
  at: string;
  method: string;
  path: string;
  wire: 'openai' | 'ollama' | null;
  model: string | null;
  job: string | null;
  streamed: boolean;
  /** Whether it carried an Authorization header; its value is not kept. */
  authorized: boolean;
  /** Null when the server sent no status. */
  status: number | null;
  /** `open` while it is served or hangs; `cut` when the server broke it off; `client-left` when the client did. */
  ending: 'open' | 'complete' | 'cut' | 'client-left';
  /** False when the counts below were not told to the client. */
  usageReported: boolean;
  /** The tokens of what was sent; 0 for a request that was refused. */
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  milliseconds: number;
}

export interface StatsFilter {
  model?: string | undefined;
  job?: string | undefined;
}

export interface Stats {
  requests: ServedRequest[];
  totals: { requests: number; answered: number } & Totals;
}

type Totals = Pick<ServedRequest, 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'reasoningTokens'>;

/** Older requests are forgotten beyond this many. */
const maxRequests = 50_000;

/** Keeps what was served, and how often each job met its fault. */
export class StatsLedger {
  #requests: ServedRequest[] = [];
  #faults = new Map<string, number>();
  #nextId = 1;

  open(method: string, path: string, authorized: boolean): ServedRequest {
    const request: ServedRequest = {
      id: this.#nextId++,
      at: new Date().toISOString(),
      method,
      path,
      wire: null,
      model: null,
      job: null,
      streamed: false,
      authorized,
      status: null,
      ending: 'open',
      usageReported: false,
      inputTokens: 0,
      outputTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      milliseconds: 0,
    };
    this.#requests.push(request);
    if (this.#requests.length > maxRequests) this.#requests.shift();
    return request;
  }

  /** Counts one more request of `job` that would meet a fault; returns how many came before it. */
  countFault(job: string): number {
    const before = this.#faults.get(job) ?? 0;
    this.#faults.set(job, before + 1);
    return before;
  }

  read(filter: StatsFilter = {}): Stats {
    const requests = this.#requests.filter(matches(filter)).map((request) => ({ ...request }));
    const sum = (name: keyof Totals) => requests.reduce((total, request) => total + request[name], 0);
    return {
      requests,
      totals: {
        requests: requests.length,
        answered: requests.filter((request) => request.status === 200 && request.ending === 'complete').length,
        inputTokens: sum('inputTokens'),
        outputTokens: sum('outputTokens'),
        cachedTokens: sum('cachedTokens'),
        reasoningTokens: sum('reasoningTokens'),
      },
    };
  }

  /** Forgets the requests that match, and lets their jobs meet their faults anew. */
  reset(filter: StatsFilter = {}): void {
    const isMatch = matches(filter);
    for (const request of this.#requests.filter(isMatch)) this.#faults.delete(faultJob(request));
    if (filter.model === undefined && filter.job === undefined) this.#faults.clear();
    this.#requests = this.#requests.filter((request) => !isMatch(request));
  }
}

/** Faults are counted by job where a request names one, else by model. */
export function faultJob({ job, model, path }: Pick<ServedRequest, 'job' | 'model' | 'path'>): string {
  return job ?? model ?? path;
}

/** Puts a reply's counts into the record; Ollama's wire has no words for cached and reasoning tokens. */
export function recordCounts(record: ServedRequest, counts: TokenCounts): void {
  record.inputTokens = counts.input;
  record.outputTokens = counts.output;
  record.cachedTokens = record.wire === 'ollama' ? 0 : counts.cached;
  record.reasoningTokens = record.wire === 'ollama' ? 0 : counts.reasoning;
}

function matches({ model, job }: StatsFilter) {
  return (request: ServedRequest) =>
    (model === undefined || request.model === model) && (job === undefined || request.job === job);
}
