import type { IncomingMessage, ServerResponse } from 'node:http';
import { Listener } from './listener.ts';
import { route } from './router.ts';
import { ScriptedState } from './state.ts';
import type { Stats, StatsFilter } from './stats.ts';

export interface ScriptedModelOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** A second port with the same server behind it, for tests of a refused connection. Default 0. */
  secondPort?: number;
  /** What `/v1/models` and `/api/tags` list, beside the models set by `setModel`. */
  models?: readonly string[];
}

export interface ScriptedModel {
  url: string;
  port: number;
  secondUrl: string;
  stats(filter?: StatsFilter): Stats;
  resetStats(filter?: StatsFilter): void;
  /** Gives any model name a behaviour, for example `answer:Paris/error:429/times:2`. */
  setModel(name: string, behaviour: string): void;
  /** Without a name, all of them. */
  resetModel(name?: string): void;
  openSecondPort(): Promise<void>;
  closeSecondPort(): Promise<void>;
  /** Ends every connection, those that hang too. */
  close(): Promise<void>;
}

/** Starts a model server that answers and fails on request; the README lists its directives. */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { port = 0, host = '127.0.0.1', secondPort = 0, models = ['echo', 'answer:Paris'] } = options;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    route(state, request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const first = new Listener(handle, host, port);
  const second = new Listener(handle, host, secondPort);
  const state = new ScriptedState(models, second);
  await first.open();
  await second.open();
  return {
    url: `http://${host}:${first.port}`,
    port: first.port,
    secondUrl: `http://${host}:${second.port}`,
    stats: (filter) => state.ledger.read(filter),
    resetStats: (filter) => state.ledger.reset(filter),
    setModel: (name, behaviour) => state.setModel(name, behaviour),
    resetModel: (name) => state.resetModel(name),
    openSecondPort: () => second.open(),
    closeSecondPort: () => second.close(),
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}
