/** Serves the http form of the driver protocol, see PROTOCOL.md, for a driver of the stdio form: `agent-host [--port N] [--artifacts DIR] -- CMD ARGS...` */
import { readConfig } from './agent-host/config.ts';
import { startHost } from './agent-host/host.ts';

try {
  const host = await startHost(readConfig(process.argv.slice(2)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void host.close().finally(() => process.exit(0)));
  }
  process.stdout.write(`${JSON.stringify({ listening: { port: host.port } })}\n`);
} catch (error) {
  process.stderr.write(`agent-host: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
