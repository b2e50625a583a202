import http, { type IncomingMessage } from 'node:http';
import { text } from '../../meter/reading.ts';
import { ByteBuffer } from '../../protocol/byte-buffer.ts';
import { isObject, type JSONObject, ProtocolError, parseObject } from '../../protocol/json.ts';
import { PROTOCOL } from '../../protocol/limits.ts';
import { AgentFailure } from './failure.ts';

/** The connection to the agent could not be made, or broke; the message says how. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

export type AgentRequest = {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  signal: AbortSignal;
  /** How long the connection may be silent; for ever by default. */
  idleMilliseconds?: number;
};

/** Room for what surrounds a result. */
const MAX_BODY_BYTES = PROTOCOL.maxBodyBytes + 64 * 1024;

/**
 * Sends a request to the agent's server and gives the head of the answer, whatever its status; redirects are not followed.
 * Rejects with a ConnectionError, or a {@link ProtocolError} for what is not HTTP.
 */
export function send(agentURL: string, request: AgentRequest): Promise<IncomingMessage> {
  const { method, path, signal, idleMilliseconds } = request;
  const bytes = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers = bytes && { 'content-type': 'application/json', 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const outgoing = http.request(`${agentURL}${path}`, {
      method,
      signal,
      // Kept connections would have to be told from broken ones.
      agent: false,
      ...(headers && { headers }),
      ...(idleMilliseconds !== undefined && { timeout: idleMilliseconds }),
    });
    outgoing.on('response', resolve);
    outgoing.on('timeout', () => outgoing.destroy(new ConnectionError(NO_ANSWER)));
    outgoing.on('upgrade', () => outgoing.destroy(new ProtocolError('changes the protocol, which was not asked for')));
    outgoing.on('error', (error) => reject(explain(error)));
    outgoing.end(bytes);
  });
}

/** The chunks of an answer. Throws a ConnectionError when it is cut, or a {@link ProtocolError} for what is not HTTP. */
export async function* chunks(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* answer as AsyncIterable<Buffer>;
  } catch (error) {
    throw explain(error);
  }
}

/** The JSON object that an answer is. Throws an {@link AgentFailure} for more than 1 MiB, and as {@link chunks} and parseObject do. */
export async function readObject(answer: IncomingMessage): Promise<JSONObject> {
  const bytes = new ByteBuffer();
  for await (const chunk of chunks(answer)) {
    if (bytes.length + chunk.length > MAX_BODY_BYTES)
      throw new AgentFailure('output_too_large', 'an answer of its server is longer than 1 MiB');
    bytes.push(chunk);
  }
  return parseObject(bytes.take());
}

/** What an answer of an unexpected status says: the status, and the message in its body, if there is one. */
export async function refusal(answer: IncomingMessage): Promise<string> {
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    answer.destroy();
    return `a redirect (${status}), which is not followed`;
  }
  const body = await readObject(answer).catch((): JSONObject => ({}));
  const message = isObject(body['error']) ? text(body['error']['message']) : '';
  return message === '' ? `status ${status}` : `status ${status}: ${message}`;
}

const NO_ANSWER = 'it took the connection and did not answer';

function explain(error: unknown): Error {
  if (error instanceof ConnectionError || error instanceof ProtocolError) return error;
  const code = isObject(error) ? text(error['code']) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return new ProtocolError('has headers of more than 16 KiB');
  if (code.startsWith('HPE_')) return new ProtocolError('is not HTTP');
  if (code === 'ABORT_ERR') return new ConnectionError(NO_ANSWER);
  if (code === 'ECONNREFUSED') return new ConnectionError('the connection was refused');
  return new ConnectionError(`the connection broke${code === '' ? '' : ` (${code})`}`);
}
