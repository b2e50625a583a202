/** Serves the http form of PROTOCOL.md for a driver of the stdio form: `agent-host [--port N] [--artifacts DIR] -- CMD ARGS...` */

// Before all else, since the first process of a container does not get signals that it does not handle.
const terminate = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => terminate.abort());

const { runHost } = await import('./agent-host/run.ts');
await runHost(process.argv.slice(2), terminate.signal);

export {};
