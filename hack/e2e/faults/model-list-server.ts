import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ModelListServer = { readonly baseURL: string; readonly stop: () => Promise<void> };

/** What a RuneBackend's probe looks for, on loopback: an OpenAI-compatible list of models, and nothing else. */
export async function startModelListServer(models: readonly string[]): Promise<ModelListServer> {
  const list = JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
  const server = createServer((incoming, outgoing) => {
    const isKnown = incoming.url === '/v1/models';
    outgoing.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end(isKnown ? list : '{}');
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    stop: async () => {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
