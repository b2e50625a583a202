import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the model does with each call. */
export type Behaviour =
  | { type: 'answer'; text: string }
  | { type: 'status'; status: number }
  | { type: 'body'; body: string }
  | { type: 'hang' };

/** A model that answers as it is told, over the OpenAI wire format on loopback, and remembers what it was asked. */
export class TestModel {
  behaviour: Behaviour = { type: 'answer', text: '' };
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #calls: string[] = [];
  #called = Promise.withResolvers<void>();

  static async start(): Promise<TestModel> {
    const model = new TestModel();
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  get baseURL(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** The bodies of the calls since the last behaviour was set. */
  get calls(): readonly string[] {
    return this.#calls;
  }

  /** When there was a call since the last behaviour was set. */
  get called(): Promise<void> {
    return this.#called.promise;
  }

  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    this.#calls = [];
    this.#called = Promise.withResolvers<void>();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => '');
    if (request.method === 'GET')
      return json(response, 200, { object: 'list', data: [{ id: TEST_MODEL, object: 'model' }] });
    this.#calls.push(body);
    this.#called.resolve();
    const { behaviour } = this;
    if (behaviour.type === 'answer') complete(response, body, behaviour.text);
    else if (behaviour.type === 'body')
      response.writeHead(200, { 'content-type': 'application/json' }).end(behaviour.body);
    else if (behaviour.type === 'status') {
      const error = { message: 'the driver test says no', type: 'test', code: 'test' };
      json(response, behaviour.status, { error });
    }
  }
}

export const TEST_MODEL = 'rune-test-model';

function complete(response: ServerResponse, body: string, content: string): void {
  const { stream, stream_options: options } = parse(body);
  const head = { id: 'chatcmpl-1', created: 1, model: TEST_MODEL };
  const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    json(response, 200, { ...head, object: 'chat.completion', choices, usage });
    return;
  }
  const chunk = (more: object) => `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] }));
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  if (options?.include_usage) response.write(chunk({ choices: [], usage }));
  response.end('data: [DONE]\n\n');
}

function parse(body: string): { stream?: unknown; stream_options?: { include_usage?: unknown } } {
  try {
    return JSON.parse(body) as object;
  } catch {
    return {};
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
