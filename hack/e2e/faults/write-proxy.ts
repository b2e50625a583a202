import { createServer, type Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Write, WriteLog } from './write-log.ts';

export type ProxyOptions = {
  /** The API server, for example `https://127.0.0.1:6443`. */
  readonly server: string;
  /** Its certificate authority, PEM. */
  readonly ca: string;
  /** Bearer token that every request is sent on with, whatever came. */
  readonly token: string;
  /** Who writes, for the log. */
  readonly operator: string;
  readonly log: WriteLog;
  /** Kills the operator at once; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Nothing is passed on before this resolves; at once without it. */
  readonly held?: Promise<void> | undefined;
};

const STATUS_REASON = { 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalError' } as const;

/** Stands on loopback between one operator process and the API server, writes down what it writes, and makes faults. */
export class WriteProxy {
  readonly #options: ProxyOptions;
  readonly #agent: HttpAgent;
  readonly #server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, ca: options.ca });
  }

  static async start(options: ProxyOptions): Promise<WriteProxy> {
    const proxy = new WriteProxy(options);
    proxy.#server.on('connection', (socket) => proxy.#connected(socket));
    const listening = Promise.withResolvers<void>();
    proxy.#server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    return proxy;
  }

  /** A kubeconfig that leads through the proxy. */
  get kubeconfig(): string {
    const { port } = this.#server.address() as AddressInfo;
    const name = 'proxy';
    // Clients take plain HTTP only where they are told not to look at certificates.
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    });
  }

  /** Cuts all connections, watches included; new ones are cut at once until `reconnect`. */
  cut(): void {
    this.#isCut = true;
    this.cutOnce();
  }

  reconnect(): void {
    this.#isCut = false;
  }

  /** Cuts all connections, watches included; new ones are taken. */
  cutOnce(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    await closed.promise;
    this.#agent.destroy();
  }

  #connected(socket: Socket): void {
    if (this.#isCut) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      await this.#options.held;
      if (incoming.socket.destroyed) return;
      if (incoming.method === 'GET' || incoming.method === 'HEAD') await this.#read(incoming, outgoing);
      else await this.#write(incoming, outgoing);
    } catch {
      // The side that is left sees a cut connection, which is what happened.
      incoming.socket.destroy();
    }
  }

  async #read(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const answer = await this.#forward(incoming, undefined, outgoing);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.flushHeaders();
    answer.on('error', () => outgoing.destroy());
    answer.pipe(outgoing);
  }

  async #write(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const write: Write = {
      operator: this.#options.operator,
      method: incoming.method as Write['method'],
      path: (incoming.url ?? '').split('?')[0] ?? '',
      body: body.length === 0 ? undefined : JSON.parse(body.toString()),
      receivedAt: performance.now(),
    };
    const fault = this.#options.log.faultOf(write);
    this.#options.log.add(write);
    switch (fault?.kind) {
      case 'kill before':
        await this.#options.kill();
        incoming.socket.destroy();
        return;
      case 'cut before':
        incoming.socket.destroy();
        return;
      case 'answer':
        refuse(outgoing, fault.code);
        return;
      case 'delay':
        await sleep(fault.milliseconds);
    }
    const answer = await this.#forward(incoming, body);
    const content = await readAll(answer);
    write.code = answer.statusCode ?? 0;
    if (fault?.kind === 'kill after') await this.#options.kill();
    if (fault?.kind === 'kill after' || fault?.kind === 'cut after') incoming.socket.destroy();
    else outgoing.writeHead(write.code, answer.headers).end(content);
  }

  /** `abandon`: a read is given up when whoever asked is gone; a write on its way is not. */
  #forward(incoming: IncomingMessage, body: Buffer | undefined, abandon?: ServerResponse): Promise<IncomingMessage> {
    const { server, token } = this.#options;
    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    const options: RequestOptions = {
      method: incoming.method,
      agent: this.#agent,
      headers: { ...headers, authorization: `Bearer ${token}` },
    };
    const answer = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(new URL(incoming.url ?? '/', server), options, answer.resolve);
    outgoing.on('error', answer.reject);
    abandon?.on('close', () => outgoing.destroy());
    outgoing.end(body);
    return answer.promise;
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The body that the API server itself would send. */
function refuse(outgoing: ServerResponse, code: keyof typeof STATUS_REASON): void {
  const reason = STATUS_REASON[code];
  const body = {
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    code,
    reason,
    message: `made by a test: ${reason}`,
  };
  const headers = { 'content-type': 'application/json', ...(code === 429 ? { 'retry-after': '1' } : {}) };
  outgoing.writeHead(code, headers).end(JSON.stringify(body));
}
