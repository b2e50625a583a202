import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

type HealthOptions = {
  host: string;
  port: number;
  registry: Registry;
  /** What is wrong, for people; undefined when all is well. */
  notLive: () => string | undefined;
  notReady: () => string | undefined;
};

/** Serves `/livez`, `/readyz` and `/metrics`. Resolves when it listens; `port` 0 takes a free one. */
export async function serveHealth(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') say(response, options.notLive());
    else if (path === '/readyz') say(response, options.notReady());
    else if (path === '/metrics') void sayMetrics(response, options.registry);
    else response.writeHead(404).end('There are /livez, /readyz and /metrics.\n');
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(options.port, options.host, listening.resolve);
  await listening.promise;
  server.off('error', listening.reject);
  return server;
}

function say(response: ServerResponse, wrong: string | undefined): void {
  response.writeHead(wrong === undefined ? 200 : 503, { 'content-type': 'text/plain' }).end(`${wrong ?? 'ok'}\n`);
}

async function sayMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error}\n`);
  }
}
