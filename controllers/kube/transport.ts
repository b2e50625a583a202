import type { Readable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import { Connections } from './connections.ts';
import { ApiError, type ApiStatus, ConnectionError } from './errors.ts';

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  timeoutMilliseconds: number;
  /** Ends the call before its time. */
  signal?: AbortSignal;
  /** Runs right before the request is handed over, with nothing asynchronous in between; may throw. */
  beforeSend?: (() => void) | undefined;
};

type TransportOptions = { kubeConfig: KubeConfig; metrics: CallMetrics; clock: Clock; userAgent?: string };

/** Of all metrics, those of calls. */
export type CallMetrics = {
  client: {
    requests: { inc(labels: { method: string; code: string }): void };
    duration: { observe(labels: { verb: string }, seconds: number): void };
  };
};

/** HTTP to the API server: JSON in and out, each call within its time, each refusal an ApiError. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #connections: Connections;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#connections = new Connections(options.kubeConfig, options.clock);
  }

  /** The parsed answer. Throws ApiError for a refusal, ConnectionError where none came. */
  async call(call: Call): Promise<unknown> {
    const timeout = AbortSignal.timeout(call.timeoutMilliseconds);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
    const { metrics, clock } = this.#options;
    const start = clock.monotonic();
    try {
      const response = await this.#send(call, signal);
      const text = await readText(response, call);
      metrics.client.requests.inc({ method: call.method, code: String(response.statusCode) });
      if (response.statusCode >= 300) throw refusal(response, text);
      return parse(text, call);
    } catch (error) {
      if (error instanceof ConnectionError) metrics.client.requests.inc({ method: call.method, code: '<error>' });
      throw error;
    } finally {
      metrics.client.duration.observe({ verb: call.method }, (clock.monotonic() - start) / 1000);
    }
  }

  /** The body of a GET that stays open. Ends with an error when `signal` aborts it. */
  async stream(path: string, query: Call['query'], signal: AbortSignal): Promise<Readable> {
    const call: Call = { method: 'GET', path, query: query ?? {}, timeoutMilliseconds: 30_000 };
    const response = await this.#send(call, signal);
    this.#options.metrics.client.requests.inc({ method: 'GET', code: String(response.statusCode) });
    if (response.statusCode >= 300) throw refusal(response, await readText(response, call));
    return response.body;
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #send(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await this.#connections.current();
    const { server } = this.#connections;
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    call.beforeSend?.();
    try {
      return await dispatcher.request({
        origin: server.origin,
        path: `${server.pathname.replace(/\/$/, '')}${call.path}${queryOf(call.query)}`,
        method: call.method,
        headers: {
          ...headers,
          accept: 'application/json',
          'user-agent': this.#options.userAgent ?? 'rune-operator',
          ...(body === null ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body,
        signal,
        headersTimeout: call.timeoutMilliseconds,
        bodyTimeout: 0,
      });
    } catch (error) {
      throw connectionError(error, call, server);
    }
  }
}

async function readText(response: Dispatcher.ResponseData, call: Call): Promise<string> {
  try {
    return await response.body.text();
  } catch (cause) {
    throw new ConnectionError(`${call.method} ${call.path}: the answer broke off`, true, { cause });
  }
}

function parse(text: string, call: Call): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectionError(`${call.method} ${call.path}: the answer is not JSON`, true, { cause });
  }
}

function refusal(response: Dispatcher.ResponseData, text: string): ApiError {
  const status = statusOf(text);
  const header = Number(response.headers['retry-after']);
  const retryAfter = Number.isFinite(header) ? header : status.details?.retryAfterSeconds;
  const code = response.statusCode;
  return new ApiError(
    code,
    status.reason ?? 'Unknown',
    status.message ?? `The API server answered ${code}.`,
    retryAfter,
  );
}

function statusOf(text: string): ApiStatus {
  try {
    const status: unknown = JSON.parse(text);
    return typeof status === 'object' && status !== null ? status : {};
  } catch {
    return {};
  }
}

/** Errors of name look-up, connecting and the TLS handshake: the request itself never left. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

function connectionError(cause: unknown, call: Call, server: URL): ConnectionError {
  const code = errorCode(cause);
  const why = cause instanceof Error && cause.name === 'TimeoutError' ? 'no answer in time' : (code ?? String(cause));
  const message = `${call.method} ${call.path} at ${server.host}: ${why}`;
  return new ConnectionError(message, code === undefined || !NEVER_SENT.test(code), { cause });
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function queryOf(query: Call['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}
