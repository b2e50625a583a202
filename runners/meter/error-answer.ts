import type { ServerResponse } from 'node:http';
import type { ErrorStyle } from './endpoint.ts';

/** An error of the meter's own, as clients of either wire format expect one. */
export function answerError(
  response: ServerResponse,
  style: ErrorStyle,
  error: { status: number; code: string; message: string; headers?: Record<string, string> },
): void {
  const body =
    style === 'ollama'
      ? { error: error.message }
      : { error: { message: error.message, type: error.code, param: null, code: error.code } };
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(error.status, {
    ...error.headers,
    'content-type': 'application/json',
    'content-length': bytes.length,
  });
  response.end(bytes);
}
