import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Command } from '../agent-host/config.ts';
import { processesWith } from '../agent-host/processes.ts';
import type { Server } from './http-checks.ts';

export type StartedServer = Server & { stop(): Promise<void> };

/** Serves the http form for a driver of the stdio form, by agent-host as its images do. */
export async function startHost(command: Command, environment: NodeJS.ProcessEnv): Promise<StartedServer> {
  const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
  const mark = `RUNE_DRIVER_TEST=${randomUUID()}`;
  const [name, value] = mark.split('=') as [string, string];
  const entry = join(import.meta.dirname, '..', 'agent-host.ts');
  const args = [entry, '--port', '0', '--artifacts', artifacts, '--', ...command];
  const child = spawn(process.execPath, args, {
    env: { ...environment, [name]: value },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const port = await listeningPort(child, child.stdout);
  return {
    url: `http://127.0.0.1:${port}`,
    artifacts: () => join(artifacts, randomUUID()),
    drivers: () =>
      processesWith(mark)
        .filter(({ pid }) => pid !== child.pid)
        .map(({ commandLine }) => commandLine),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill();
        await exited;
      }
      await rm(artifacts, { recursive: true, force: true });
    },
  };
}

async function listeningPort(child: ChildProcess, stdout: Readable): Promise<number> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`agent-host ended with ${code}`)));
  const [line] = (await Promise.race([once(createInterface(stdout), 'line'), ended])) as [string];
  ended.catch(() => undefined);
  return (JSON.parse(line) as { listening: { port: number } }).listening.port;
}
