import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

/** A request as the handler of a test sees it, and how it answers. */
export type Exchange = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
  response: ServerResponse;
  answer: (body: unknown, code?: number, headers?: Record<string, string>) => void;
  refuse: (code: number, reason: string, message?: string, headers?: Record<string, string>) => void;
  /** Ends the connection with a TCP reset. */
  reset: () => void;
};

export type Handler = (exchange: Exchange) => void;

/** A tiny HTTP server in the place of the API server, for answers that a real one gives only when it is in trouble. */
export class TestApiServer implements AsyncDisposable {
  handler: Handler;
  readonly requests: Exchange[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;

  constructor(handler: Handler) {
    this.handler = handler;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get kubeConfig(): KubeConfig {
    return kubeConfigFor(`http://127.0.0.1:${this.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const text = (await Array.fromAsync(request, String).catch(() => [])).join('');
    const url = new URL(request.url ?? '', 'http://test');
    const answer: Exchange['answer'] = (body, code = 200, headers = {}) =>
      response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const exchange: Exchange = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      response,
      answer,
      refuse: (code, reason, message = reason, headers = {}) =>
        answer({ kind: 'Status', status: 'Failure', code, reason, message }, code, headers),
      reset: () => request.socket.resetAndDestroy(),
    };
    this.requests.push(exchange);
    this.handler(exchange);
  }
}

export function kubeConfigFor(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'test', server, skipTLSVerify: true }],
    users: [{ name: 'test', token: 'test-token' }],
    contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
    currentContext: 'test',
  });
  return config;
}
