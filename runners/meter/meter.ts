import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobFile } from '../../crds/job-file.ts';
import type { CallRecord } from './call.ts';
import { Ledger } from './ledger.ts';
import { ModelProxy } from './model-proxy.ts';
import { Upstream } from './upstream.ts';

export type MeterOptions = {
  job: Pick<JobFile, 'backend' | 'budget' | 'prices' | 'model'>;
  apiKey: string | undefined;
  /** Monotonic milliseconds. */
  clock: () => number;
  /** Told of each call when it has ended. */
  onCall?: (call: CallRecord) => void;
};

/** The model endpoint that an agent is given in place of the backend. */
export type Meter = {
  /** http://127.0.0.1:port, without a path: OpenAI's wire format is below /v1, Ollama's below /api. */
  url: string;
  ledger: Ledger;
  /** Ends all calls, which are then in the ledger, and stops listening. */
  close(): Promise<void>;
};

/** More than any agent makes use of; each takes memory. */
const MAX_CONNECTIONS = 1024;

/** Starts the pass-through on a free port of 127.0.0.1. It counts, times and bounds the model calls and adds the key to them. */
export async function startMeter(options: MeterOptions): Promise<Meter> {
  const ledger = new Ledger(options.job);
  const upstream = new Upstream(options.job.backend.url);
  const proxy = new ModelProxy(options, ledger, upstream);
  const server = http.createServer((request, response) => {
    // Whatever an agent sends, it must not end the runner.
    proxy.serve(request, response).catch(() => response.destroy());
  });
  // Model calls may take longer than the server's own limits for slow clients.
  server.requestTimeout = 0;
  // An agent that thinks between two calls must not find its connection closed.
  server.keepAliveTimeout = 0;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    async close() {
      proxy.abort();
      server.close();
      server.closeAllConnections();
      await upstream.close();
    },
  };
}
