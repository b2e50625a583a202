import type { IncomingHttpHeaders } from 'node:http';
import type { CallKind, Failure } from './call.ts';
import { defined, errorMessage, isObject, type JSONObject, text } from './reading.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { fitForMessage } from './sanitize.ts';

/** An answer with a status other than 2xx, and the beginning of its body. */
export type Refusal = { status: number; headers: IncomingHttpHeaders; body: string };

/** What a refusal means. `now` is wall-clock milliseconds; `apiKey` is kept out of the detail. */
export function failureOfStatus({ status, headers, body }: Refusal, now: number, apiKey?: string): Failure {
  const error = parse(body);
  const message = errorMessage(error);
  return defined<Failure>({
    kind: kindOfStatus(status, error, message ?? ''),
    status,
    retryAfterSeconds: retryAfterSeconds(headers['retry-after'], now),
    detail: message === undefined ? undefined : fitForMessage(message, apiKey),
  });
}

/** What an error of the connection to the backend means. */
export function failureOfError(error: unknown): Failure {
  const code = isObject(error) ? text(error['code']) : '';
  if (UNTRUSTED.test(code)) return { kind: 'untrusted', detail: code };
  if (code.startsWith('HPE_')) return { kind: 'badResponse', detail: 'it does not speak HTTP' };
  return { kind: 'unreachable', detail: EXPLANATION[code] ?? (code || 'the connection failed') };
}

/** Codes of OpenSSL and Node for a certificate that does not prove who the server is. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

const EXPLANATION: { [code: string]: string | undefined } = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it closed the connection before it answered',
  EPIPE: 'it closed the connection before it answered',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved now',
  EHOSTUNREACH: 'no route to its host',
  ENETUNREACH: 'no route to its network',
  ETIMEDOUT: 'connecting took too long',
  EPROTO: 'it does not speak TLS',
};

function kindOfStatus(status: number, error: JSONObject, message: string): Failure['kind'] {
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 429) return 'rateLimited';
  if (status >= 500 || status === 408) return 'serverError';
  if (status === 401 || status === 403) return 'keyRefused';
  const code = isObject(error['error']) ? `${error['error']['code']} ${error['error']['type']}` : '';
  return kindOfRefusal(status, code, message);
}

function kindOfRefusal(status: number, code: string, message: string): Extract<CallKind, Failure['kind']> {
  if (CONTEXT_EXCEEDED.test(code) || CONTEXT_EXCEEDED_MESSAGE.test(message)) return 'promptTooLong';
  if (code.includes('model_not_found') || (status === 404 && /\bmodel\b/i.test(message))) return 'modelNotFound';
  return 'requestRefused';
}

/** OpenAI and its followers; llama.cpp's server. */
const CONTEXT_EXCEEDED = /context_length_exceeded|exceed_context_size/;
/** vLLM and others, which give no code. */
const CONTEXT_EXCEEDED_MESSAGE =
  /maximum context length|exceeds? the (available|model's)? ?context|prompt is too long/i;

function parse(body: string): JSONObject {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
