import { once } from 'node:events';
import { readConfig } from './config.ts';
import { startHost } from './host.ts';

/**
 * Serves until `terminate` is aborted, and ends the process: with 0 then, with 2 when it cannot serve. Its only line on
 * standard output is `{"listening":{"port":N}}`.
 */
export async function runHost(args: string[], terminate: AbortSignal): Promise<never> {
  // Nobody need read what this writes.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const host = await startHost(readConfig(args));
    process.stdout.write(`${JSON.stringify({ listening: { port: host.port } })}\n`);
    if (!terminate.aborted) await once(terminate, 'abort');
    await host.close();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`agent-host: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
