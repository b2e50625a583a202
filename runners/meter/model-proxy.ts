import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CallRecord, NO_TOKENS } from './call.ts';
import { type Endpoint, endpointOf, type Metered } from './endpoint.ts';
import { answerError } from './error-answer.ts';
import type { Ledger } from './ledger.ts';
import type { MeterOptions } from './meter.ts';
import { passThrough } from './pass-through.ts';
import { MAX_REQUEST_MEBIBYTES, RequestRoom, readRequest } from './read-request.ts';
import { Relay, type RelayContext } from './relay.ts';
import { type RequestBody, readRequestBody } from './request-body.ts';
import type { Upstream } from './upstream.ts';

type MeteredEndpoint = Endpoint & { metered: Metered };

type OwnRefusal = Readonly<{
  kind: 'budgetExceeded' | 'otherModel';
  status: number;
  code: string;
  headers: Record<string, string>;
}>;

const BUDGET_SPENT: OwnRefusal = {
  kind: 'budgetExceeded',
  status: 429,
  code: 'budget_exceeded',
  headers: { 'x-rune-budget': 'exceeded' },
};
const OTHER_MODEL: OwnRefusal = { kind: 'otherModel', status: 404, code: 'model_not_found', headers: {} };

/** Decides for each request of the agent whether it is metered, passed through, or refused. */
export class ModelProxy {
  readonly #options: MeterOptions;
  readonly #ledger: Ledger;
  readonly #upstream: Upstream;
  readonly #relays = new Set<Relay>();
  readonly #room = new RequestRoom();

  constructor(options: MeterOptions, ledger: Ledger, upstream: Upstream) {
    this.#options = options;
    this.#ledger = ledger;
    this.#upstream = upstream;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    const endpoint = endpointOf(request.method ?? 'GET', request.url ?? '', this.#options.job.backend);
    if (endpoint === undefined) {
      const message =
        'The meter serves chat/completions, completions and responses below /v1, chat and generate below /api for Ollama, and lists of models.';
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
    const bytes = await readRequest(request, this.#room).catch(() => 'gone' as const);
    if (bytes === 'gone') return;
    if (bytes === undefined) {
      const message = `The request is larger than ${MAX_REQUEST_MEBIBYTES} MiB, or too many are made at the same time.`;
      return answerError(response, endpoint.errors, { status: 413, code: 'request_too_large', message });
    }
    const giveBack = (): void => this.#room.giveBack(bytes.length);
    const body = this.#admit(endpoint, bytes, response);
    if (body === undefined) return giveBack();
    const call = { number: this.#ledger.begin(), endpoint, method: request.method ?? 'POST', body };
    const onEnd = (): void => {
      giveBack();
      this.#relays.delete(relay);
    };
    const relay: Relay = new Relay(this.#context(onEnd), call, response);
    this.#relays.add(relay);
    await relay.run(request);
  }

  /** What is sent to the backend; undefined for a request that was refused. */
  #admit(endpoint: MeteredEndpoint, bytes: Buffer, response: ServerResponse): RequestBody | undefined {
    const refusal = this.#ledger.refusal();
    if (refusal !== undefined) {
      this.#refuse(endpoint, BUDGET_SPENT, refusal, response);
      return undefined;
    }
    const body = readRequestBody(bytes, endpoint.metered);
    if (body === undefined) {
      const message = 'The request is no JSON object that the meter can read.';
      answerError(response, endpoint.errors, { status: 400, code: 'invalid_json', message });
      return undefined;
    }
    const measured = this.#options.job.model.name;
    const other = body.models.find((model) => model !== measured);
    if (other === undefined) return body;
    // It would be charged at the price of the job's model, and measured as that one.
    const message = `The job is about the model "${measured}", and not about "${printable(other)}".`;
    this.#refuse(endpoint, OTHER_MODEL, message, response);
    return undefined;
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

  /** The meter's own word, without a call to the backend. */
  #refuse({ path, errors }: Endpoint, why: OwnRefusal, message: string, response: ServerResponse): void {
    const now = this.#options.clock();
    const call = { number: 0, path, streamed: false, kind: why.kind, detail: message };
    this.#record({ ...call, tokens: NO_TOKENS, estimated: false, toolCalls: [], startedAt: now, endedAt: now });
    // This header keeps OpenAI's SDKs from trying again.
    const headers = { ...why.headers, 'x-should-retry': 'false' };
    answerError(response, errors, { status: why.status, code: why.code, message, headers });
  }

  #record(call: CallRecord): void {
    if (this.#ledger.record(call)) this.#options.onCall?.(call);
  }
}

/** A name that the agent chose, for a message. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}
