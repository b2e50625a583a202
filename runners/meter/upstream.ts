import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isObject } from './reading.ts';

export type UpstreamRequest = {
  target: URL;
  method: string;
  headers: OutgoingHttpHeaders;
  body: Buffer | Readable;
  signal: AbortSignal;
};

/** Sends requests to the backend over kept connections. Follows no redirect. */
export class Upstream {
  #agents: Promise<{ request: typeof http.request; agent: http.Agent }>;
  readonly #guarded = new WeakSet<Socket>();

  constructor(backendURL: string) {
    this.#agents = connect(backendURL.startsWith('https:'));
  }

  /** The answer's head; its body is still to come. Rejects with the error of the connection. */
  async send(request: UpstreamRequest): Promise<IncomingMessage> {
    const { request: open, agent } = await this.#agents;
    return new Promise((resolve, reject) => {
      const attempt = (through: http.Agent | false): void => {
        const { target, method, headers, body, signal } = request;
        const outgoing = open(target, { method, headers, signal, agent: through });
        outgoing.on('response', resolve);
        outgoing.on('socket', (socket) => this.#guard(socket));
        outgoing.on('error', (error) => {
          // A server may close an idle connection just when it is used again: no request was served, so a new connection is due.
          if (through !== false && outgoing.reusedSocket && wasReset(error) && Buffer.isBuffer(body)) attempt(false);
          else reject(error);
        });
        if (Buffer.isBuffer(body)) outgoing.end(body);
        else body.pipe(outgoing);
      };
      attempt(agent);
    });
  }

  /** Between two calls a kept connection has, for a moment, no listener of Node's, and an abort just then would end the process. */
  #guard(socket: Socket): void {
    if (this.#guarded.has(socket)) return;
    this.#guarded.add(socket);
    socket.on('error', () => socket.destroy());
  }

  async close(): Promise<void> {
    (await this.#agents).agent.destroy();
  }
}

async function connect(secure: boolean): Promise<{ request: typeof http.request; agent: http.Agent }> {
  if (!secure) return { request: http.request, agent: new http.Agent({ keepAlive: true }) };
  // Loaded only where it is used: TLS costs the start some milliseconds.
  const https = await import('node:https');
  return { request: https.request, agent: new https.Agent({ keepAlive: true }) };
}

function wasReset(error: unknown): boolean {
  return isObject(error) && (error['code'] === 'ECONNRESET' || error['code'] === 'EPIPE');
}
