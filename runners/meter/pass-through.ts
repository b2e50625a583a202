import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint } from './endpoint.ts';
import { answerError } from './error-answer.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import type { Upstream } from './upstream.ts';

/** Relays what is not counted, such as a list of models. */
export async function passThrough(
  upstream: Upstream,
  apiKey: string | undefined,
  { target, errors }: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const body = hasBody ? request : Buffer.alloc(0);
  const headers = requestHeaders(request.headers, apiKey, undefined);
  const method = request.method ?? 'GET';
  try {
    const answer = await upstream.send({ target, method, headers, body, signal: abort.signal });
    const status = answer.statusCode ?? 502;
    if (isRedirect(status)) {
      answer.destroy();
      return answerError(response, errors, {
        status: 502,
        code: 'backend_failed',
        message: 'The model backend redirects.',
      });
    }
    response.writeHead(status, responseHeaders(answer.headers));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  } catch {
    const message = 'The model backend could not be asked.';
    answerError(response, errors, { status: 502, code: 'backend_failed', message });
  }
}

/** A redirect would lead the agent past the meter. */
function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}
