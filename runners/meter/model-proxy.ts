import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CallRecord, NO_TOKENS } from './call.ts';
import { type Endpoint, endpointOf, type Metered } from './endpoint.ts';
import { answerError } from './error-answer.ts';
import type { Ledger } from './ledger.ts';
import type { MeterOptions } from './meter.ts';
import { passThrough } from './pass-through.ts';
import { MAX_REQUEST_MEBIBYTES, readRequest } from './read-request.ts';
import { Relay, type RelayContext } from './relay.ts';
import { readRequestBody } from './request-body.ts';
import type { Upstream } from './upstream.ts';

type MeteredEndpoint = Endpoint & { metered: Metered };

/** Decides for each request of the agent whether it is metered, passed through, or refused. */
export class ModelProxy {
  readonly #options: MeterOptions;
  readonly #ledger: Ledger;
  readonly #upstream: Upstream;
  readonly #relays = new Set<Relay>();

  constructor(options: MeterOptions, ledger: Ledger, upstream: Upstream) {
    this.#options = options;
    this.#ledger = ledger;
    this.#upstream = upstream;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    const endpoint = endpointOf(request.method ?? 'GET', request.url ?? '', this.#options.job.backend);
    if (endpoint === undefined) {
      const message = 'The meter serves paths below /v1, and below /api for Ollama.';
      return answerError(response, 'openai', { status: 404, code: 'not_found', message });
    }
    const { metered } = endpoint;
    if (metered !== undefined) return this.#meter({ ...endpoint, metered }, request, response);
    return passThrough(this.#upstream, this.#options.apiKey, endpoint, request, response);
  }

  /** Ends all calls in progress. */
  abort(): void {
    for (const relay of this.#relays) relay.abort();
  }

  async #meter(endpoint: MeteredEndpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readRequest(request).catch(() => 'gone' as const);
    if (bytes === 'gone') return;
    if (bytes === undefined) {
      const message = `The request is larger than ${MAX_REQUEST_MEBIBYTES} MiB.`;
      return answerError(response, endpoint.errors, { status: 413, code: 'request_too_large', message });
    }
    const refusal = this.#ledger.refusal();
    if (refusal !== undefined) return this.#refuse(endpoint, refusal, response);
    const body = readRequestBody(bytes, endpoint.metered);
    const call = { number: this.#ledger.begin(), endpoint, method: request.method ?? 'POST', body };
    const relay: Relay = new Relay(
      this.#context(() => this.#relays.delete(relay)),
      call,
      response,
    );
    this.#relays.add(relay);
    await relay.run(request);
  }

  #context(onEnd: () => void): RelayContext {
    const { apiKey, clock, job } = this.#options;
    const idleMilliseconds = job.backend.requestTimeoutSeconds * 1000;
    const onSettled = (call: CallRecord): void => {
      onEnd();
      this.#record(call);
    };
    return { upstream: this.#upstream, apiKey, clock, idleMilliseconds, onSettled };
  }

  #refuse({ path, errors }: Endpoint, message: string, response: ServerResponse): void {
    const now = this.#options.clock();
    const call = { number: 0, path, streamed: false, kind: 'budgetExceeded', detail: message } as const;
    this.#record({ ...call, tokens: NO_TOKENS, estimated: false, toolCalls: [], startedAt: now, endedAt: now });
    // The second header keeps OpenAI's SDKs from trying again.
    const headers = { 'x-rune-budget': 'exceeded', 'x-should-retry': 'false' };
    answerError(response, errors, { status: 429, code: 'budget_exceeded', message, headers });
  }

  #record(call: CallRecord): void {
    this.#ledger.record(call);
    this.#options.onCall?.(call);
  }
}
