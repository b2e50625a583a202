import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Command } from '../agent-host/config.ts';
import { makeFolders, removeFolder } from '../agent-host/folders.ts';
import { killLeft, MARKER, processesWith, signalGroup } from '../agent-host/processes.ts';
import { StderrTail } from '../agent-host/stderr-tail.ts';
import { PROTOCOL } from '../protocol/limits.ts';

/** A driver that was run once, and how it ended. */
export type Run = {
  output: Buffer;
  /** Whether standard output was cut at the protocol's bound. */
  isTooLarge: boolean;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it was ended from outside: it took longer than allowed, or a part of this test said so. */
  ended: 'late' | 'told' | undefined;
  /** Whether SIGTERM was not enough. */
  isKilled: boolean;
  /** Command lines of processes that it left. */
  left: string[];
};

export type RunOptions = {
  input: string;
  environment: NodeJS.ProcessEnv;
  milliseconds: number;
  /** Ends the driver. */
  stop?: AbortSignal;
};

/** Runs a driver as agent-host does: in private folders, as the leader of a process group, with one line as its input. */
export async function runCommand([file, ...args]: Command, options: RunOptions): Promise<Run> {
  const folders = makeFolders(tmpdir());
  const marker = randomUUID();
  const env = { ...options.environment, HOME: folders.home, TMPDIR: folders.tmp, [MARKER]: marker };
  const child = spawn(file, args, { cwd: folders.tmp, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const stderr = new StderrTail();
  const output: Buffer[] = [];
  let bytes = 0;
  let ended: Run['ended'];
  let isKilled = false;
  const timers: NodeJS.Timeout[] = [];

  function end(why: 'late' | 'told'): void {
    if (ended) return;
    ended = why;
    signalGroup(child.pid, 'SIGTERM');
    const kill = () => {
      isKilled = true;
      signalGroup(child.pid, 'SIGKILL');
    };
    timers.push(setTimeout(kill, PROTOCOL.terminateMilliseconds));
  }

  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= PROTOCOL.maxOutputBytes) output.push(chunk);
    else end('late');
  });
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  timers.push(setTimeout(() => end('late'), options.milliseconds));
  const stop = () => end('told');
  options.stop?.addEventListener('abort', stop);

  const closed = once(child, 'close').catch(() => undefined);
  try {
    await once(child, 'exit');
  } catch (error) {
    await removeFolder(folders.root);
    throw error;
  } finally {
    options.stop?.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
  }
  const left = processesWith(`${MARKER}=${marker}`).map(({ commandLine }) => commandLine);
  killLeft(child.pid, marker, false);
  await closed;
  await removeFolder(folders.root);
  const isTooLarge = bytes > PROTOCOL.maxOutputBytes;
  const { exitCode: code, signalCode: signal } = child;
  return { output: Buffer.concat(output), isTooLarge, stderr: stderr.text(), code, signal, ended, isKilled, left };
}
