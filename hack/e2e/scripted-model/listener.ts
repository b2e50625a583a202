import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening port that can be closed, after which connections to it are refused, and opened again. */
export class Listener {
  readonly #handler: RequestListener;
  readonly #host: string;
  #port: number;
  #server: Server | undefined;

  /** Port 0 takes a free one, and keeps it from then on. */
  constructor(handler: RequestListener, host: string, port: number) {
    this.#handler = handler;
    this.#host = host;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  isOpen(): boolean {
    return this.#server !== undefined;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer(this.#handler);
    server.listen(this.#port, this.#host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Also ends the connections that are open, hanging ones among them. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
