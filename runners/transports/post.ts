import http, { type IncomingMessage } from 'node:http';

/** The meter answered with a status other than 2xx; its record says why. */
export class AskRefusedError extends Error {
  override name = 'AskRefusedError';
}

/** Posts JSON to the meter. Rejects when the connection breaks, the signal is aborted, or the status is not 2xx. */
export async function post(url: string, body: object, signal: AbortSignal): Promise<IncomingMessage> {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers, signal, agent: false });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(bytes);
  });
  const { statusCode = 0 } = answer;
  if (statusCode < 200 || statusCode >= 300) {
    answer.destroy();
    throw new AskRefusedError(`status ${statusCode}`);
  }
  return answer;
}
