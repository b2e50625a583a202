import type { JSONObject } from '../protocol/json.ts';
import { isObject } from '../protocol/json.ts';
import { ensure, Finding } from './check.ts';

export type Reply = { status: number; body: JSONObject };

/** Speaks the http form to a server. Each call throws a Finding for a server that does not answer, or not in JSON. */
export class HttpClient {
  readonly #url: string;
  readonly #milliseconds: number;

  constructor(url: string, milliseconds: number) {
    this.#url = url;
    this.#milliseconds = milliseconds;
  }

  async call(method: string, path: string, body?: string): Promise<Reply> {
    const text = await this.#text(method, path, body);
    let value: unknown;
    try {
      value = JSON.parse(text.text);
    } catch {
      throw new Finding(
        `${method} ${path}: the answer ${text.status} is not JSON: ${JSON.stringify(text.text.slice(0, 160))}`,
      );
    }
    ensure(isObject(value), `${method} ${path}: the answer ${text.status} is not a JSON object`);
    return { status: text.status, body: value };
  }

  /** Asks that a request be refused, with an error as the protocol has it. */
  async refusal(statuses: readonly number[], method: string, path: string, body?: string): Promise<void> {
    const reply = await this.call(method, path, body);
    const wanted = statuses.join(' or ');
    ensure(statuses.includes(reply.status), `${method} ${path}: the status is ${reply.status}, not ${wanted}`);
    const error = reply.body['error'];
    const isError = isObject(error) && typeof error['kind'] === 'string' && typeof error['message'] === 'string';
    ensure(
      isError,
      `${method} ${path}: the body of ${reply.status} is not {"error":{"kind","message"}}: ${JSON.stringify(reply.body).slice(0, 160)}`,
    );
  }

  /** The lines of a job's events after a number, when the server has ended them. */
  async events(job: string, after = 0): Promise<Buffer[]> {
    const path = `/v1/jobs/${job}/events?after=${after}`;
    const { status, text } = await this.#text('GET', path);
    ensure(status === 200, `GET ${path}: the status is ${status}, not 200`);
    ensure(text.endsWith('\n'), `GET ${path}: the last line is not ended, or the connection was cut`);
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => Buffer.from(line));
  }

  async #text(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    try {
      const signal = AbortSignal.timeout(this.#milliseconds);
      const response = await fetch(this.#url + path, { method, signal, ...(body !== undefined && { body }) });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      const reason =
        error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
      throw new Finding(`${method} ${path}: there is no answer: ${reason}`);
    }
  }
}
