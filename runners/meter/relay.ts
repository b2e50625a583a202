import type { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerTooLongError } from './answer-bounds.ts';
import { type Body, bodyOf, keep, undecidedBody } from './body.ts';
import { type CallRecord, type Failure, NO_TOKENS } from './call.ts';
import type { Endpoint, Metered } from './endpoint.ts';
import { answerError } from './error-answer.ts';
import { failureOfError, failureOfStatus } from './failure.ts';
import { CONTENT_TYPES, type Framing, framingOfType } from './framing.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { IdleTimer } from './idle-timer.ts';
import { Observation } from './observation.ts';
import { defined } from './reading.ts';
import type { RequestBody } from './request-body.ts';
import type { Upstream } from './upstream.ts';

export type RelayContext = {
  upstream: Upstream;
  apiKey: string | undefined;
  idleMilliseconds: number;
  /** Monotonic milliseconds. */
  clock: () => number;
  onSettled: (call: CallRecord) => void;
};

export type RelayedCall = {
  number: number;
  endpoint: Endpoint & { metered: Metered };
  method: string;
  body: RequestBody;
};

const MAX_ERROR_BYTES = 64 * 1024;
const LINGER_MILLISECONDS = 1000;

/** One metered call on its way between agent and backend. It settles once, before the agent sees the end of the answer. */
export class Relay {
  readonly #context: RelayContext;
  readonly #call: RelayedCall;
  readonly #agent: ServerResponse;
  readonly #observation: Observation;
  readonly #startedAt: number;
  readonly #abort = new AbortController();
  readonly #idle: IdleTimer;
  #status: number | undefined;
  /** What the backend's status says, when it is not 2xx. */
  #refusal: (() => Failure) | undefined;
  /** Absent until the framing of the answer is known. */
  #body: Body | undefined;
  #isStream = false;
  #firstTokenAt: number | undefined;
  #settled = false;

  constructor(context: RelayContext, call: RelayedCall, agent: ServerResponse) {
    this.#context = context;
    this.#call = call;
    this.#agent = agent;
    this.#observation = new Observation(call.endpoint.metered.read, context.apiKey);
    this.#startedAt = context.clock();
    this.#idle = new IdleTimer(context.idleMilliseconds, () => this.#onIdle());
    agent.on('close', () => this.abort());
  }

  /** Carries the call out. Never rejects: what goes wrong is in the record. */
  async run(request: IncomingMessage): Promise<void> {
    const { endpoint, method, body } = this.#call;
    try {
      const headers = requestHeaders(request.headers, this.#context.apiKey, body.bytes.length);
      const { target } = endpoint;
      const answer = await this.#context.upstream.send({
        target,
        method,
        headers,
        body: body.bytes,
        signal: this.#abort.signal,
      });
      this.#status = answer.statusCode ?? 0;
      this.#idle.touch();
      if (this.#status >= 200 && this.#status < 300) this.#relay(answer);
      else this.#refuse(answer, this.#status);
    } catch (error) {
      this.#fail(failureOfError(error));
    }
  }

  /** The agent went away, or the job ends. */
  abort(): void {
    if (this.#settled) return;
    const { failure, finished } = this.#observation;
    // Clients may hang up as soon as they have read the status, an error, or the model's last word.
    this.#settle(this.#refusal?.() ?? failure ?? (finished ? undefined : { kind: 'aborted' }));
    this.#abort.abort();
    this.#agent.destroy();
  }

  #relay(answer: IncomingMessage): void {
    const encoding = answer.headers['content-encoding']?.trim().toLowerCase() || 'identity';
    if (encoding !== 'identity') {
      this.#fail({ kind: 'badResponse', detail: 'its answer is compressed, which was not asked for' });
      return;
    }
    const { body, endpoint } = this.#call;
    const open = (framing: Framing): Body => this.#open(answer, framing);
    const framing = framingOfType(answer.headers['content-type']);
    const expected = { frames: endpoint.metered.frames, streamed: body.streamed };
    const reader = framing === undefined ? undecidedBody(expected, open) : open(framing);
    this.#pump(answer, reader, (complete) => this.#finish(complete));
  }

  #open(answer: IncomingMessage, framing: Framing): Body {
    this.#agent.writeHead(answer.statusCode ?? 200, responseHeaders(answer.headers, CONTENT_TYPES[framing]));
    this.#isStream = framing !== 'whole';
    this.#body = bodyOf(framing, this.#observation, this.#call.body.hidesUsage);
    return this.#body;
  }

  /** An answer other than 2xx: the agent gets it as it is, but for redirects, which it must not follow past the meter. */
  #refuse(answer: IncomingMessage, status: number): void {
    const kept = keep(MAX_ERROR_BYTES);
    const refusal = (): Failure =>
      failureOfStatus({ status, headers: answer.headers, body: kept.text() }, Date.now(), this.#context.apiKey);
    this.#refusal = refusal;
    if (status < 400) {
      this.#fail(refusal());
      return;
    }
    this.#agent.writeHead(status, responseHeaders(answer.headers));
    this.#pump(answer, { push: kept.push, end: () => Buffer.alloc(0) }, (complete) => {
      this.#settle(refusal());
      if (complete) this.#agent.end();
      else this.#agent.destroy();
    });
  }

  #pump(answer: IncomingMessage, body: Body, onEnd: (complete: boolean) => void): void {
    answer.on('data', (chunk: Buffer) => {
      if (this.#settled) return;
      this.#idle.touch();
      const keepsUp = this.#forward(() => body.push(chunk));
      if (this.#observation.ended) {
        onEnd(true);
        this.#linger(answer);
      } else if (!keepsUp) {
        answer.pause();
        // The backend is not to blame while the agent does not read.
        this.#idle.pause();
        this.#agent.once('drain', () => {
          this.#idle.touch();
          answer.resume();
        });
      }
    });
    answer.on('end', () => {
      this.#forward(() => body.end());
      onEnd(answer.complete);
    });
    answer.on('error', () => onEnd(false));
  }

  /** The call is over. The backend gets a moment to end its answer, so that its connection can be used again. */
  #linger(answer: IncomingMessage): void {
    const timer = setTimeout(() => this.#abort.abort(), LINGER_MILLISECONDS).unref();
    answer.once('close', () => clearTimeout(timer));
  }

  /** The backend has sent nothing for too long. It may have ended its answer all the same, and only not its connection. */
  #onIdle(): void {
    const { failure } = this.#observation;
    const body = this.#body;
    if (failure === undefined && body !== undefined) this.#forward(() => body.end());
    if (failure === undefined && this.#observation.finished && this.#observation.failure === undefined) {
      this.#finish(true);
      this.#abort.abort();
    } else {
      this.#fail(failure ?? { kind: 'timedOut' });
    }
  }

  /** Whether the agent keeps up. */
  #forward(take: () => Buffer): boolean {
    let bytes: Buffer;
    try {
      bytes = take();
    } catch (error) {
      const detail = error instanceof AnswerTooLongError ? error.message : 'its stream cannot be read';
      this.#fail({ kind: 'badResponse', detail });
      return true;
    }
    if (this.#isStream && this.#observation.hasOutput) this.#firstTokenAt ??= this.#context.clock();
    return bytes.length === 0 || this.#settled || this.#agent.write(bytes);
  }

  #finish(complete: boolean): void {
    if (this.#settled) return;
    const { finished, failure } = this.#observation;
    if (failure !== undefined) {
      this.#settle(failure);
      this.#agent.end();
    } else if (finished) {
      this.#settle(undefined);
      this.#agent.end();
    } else {
      this.#fail({
        kind: 'streamCut',
        detail: complete ? 'it ended before the model was done' : 'the connection broke',
      });
    }
  }

  #fail(failure: Failure): void {
    if (this.#settled) return;
    this.#settle(this.#refusal?.() ?? failure);
    this.#abort.abort();
    if (this.#agent.headersSent) this.#agent.destroy();
    else
      answerError(this.#agent, this.#call.endpoint.errors, {
        ...GATEWAY_ERROR[failure.kind === 'timedOut' ? 'timedOut' : 'other'],
      });
  }

  #settle(failure: Failure | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#idle.stop();
    const { servedModel, toolCalls, begun } = this.#observation;
    const isSilent = this.#call.body.streamed && !begun && this.#refusal === undefined;
    this.#context.onSettled(
      defined<CallRecord>({
        number: this.#call.number,
        path: this.#call.endpoint.path,
        streamed: this.#call.body.streamed,
        kind: failure?.kind ?? 'ok',
        status: this.#status,
        retryAfterSeconds: failure?.retryAfterSeconds,
        detail: failure?.detail,
        ...this.#tokens(failure),
        toolCalls: [...toolCalls],
        servedModel,
        startedAt: this.#startedAt,
        firstTokenAt: this.#firstTokenAt,
        silent: isSilent || undefined,
        endedAt: this.#context.clock(),
      }),
    );
  }

  /** A backend that refused the call, or was never reached, used no tokens. One that took it has read the prompt. */
  #tokens(failure: Failure | undefined): Pick<CallRecord, 'tokens' | 'estimated'> {
    const isTaken =
      this.#status === undefined ? failure?.kind === 'timedOut' || failure?.kind === 'aborted' : this.#status < 300;
    return isTaken ? this.#observation.tokens(this.#call.body.characters) : { tokens: NO_TOKENS, estimated: false };
  }
}

const GATEWAY_ERROR = {
  timedOut: { status: 504, code: 'backend_timed_out', message: 'The model backend did not answer in time.' },
  other: { status: 502, code: 'backend_failed', message: 'The model backend could not be asked.' },
} as const;
