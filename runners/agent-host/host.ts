import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostConfig } from './config.ts';
import { BackgroundInfo } from './info.ts';
import { Questions } from './questions.ts';
import { answerRequests } from './routes.ts';

/** A server that takes questions for one driver. `close` ends the question that is worked on, with all its processes. */
export type Host = { port: number; close(): Promise<void> };

/** Listens on loopback. Throws when the port is taken. */
export async function startHost(config: HostConfig): Promise<Host> {
  const bootId = randomUUID();
  const info = new BackgroundInfo(config);
  const questions = new Questions(config, bootId, () => info.ask());
  const server = createServer(answerRequests({ bootId, info, questions }));
  server.listen(config.port, '127.0.0.1');
  await once(server, 'listening');
  info.ask();
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      await Promise.all([questions.close(), info.close()]);
      server.closeAllConnections();
    },
  };
}
