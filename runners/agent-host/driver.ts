import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { JSONObject } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { HostConfig } from './config.ts';
import { drained } from './drained.ts';
import { type Folders, makeFolders, removeFolder } from './folders.ts';
import { oomKills, outOfMemory } from './memory.ts';
import { DriverOutput, type OutputHooks } from './output.ts';
import { killLeft, MARKER, signalGroup } from './processes.ts';
import { StderrTail } from './stderr-tail.ts';
import { strayText } from './stray-text.ts';
import { type EndReason, verdict } from './verdict.ts';

/** One request, as its line on the driver's standard input. */
export type Request = { id: string; action: 'ask' | 'info'; params: JSONObject };

export type DriverHooks = Pick<OutputHooks, 'event' | 'result'> & {
  /** After the driver's last process, before the outcome. Never throws. */
  ended?(): Promise<void>;
};

/** A driver that works on one request. */
export type Driver = {
  /** Undefined when it could not be started. */
  pid: number | undefined;
  /** How it ended, when none of its processes is left. Never rejected. */
  outcome: Promise<Outcome>;
  /** After the outcome: when its private folders are removed, too. */
  gone: Promise<void>;
  /** Ends it by SIGTERM, and SIGKILL 2 s later. */
  end(reason: EndReason): void;
};

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts a driver for one request, which it may work on for so many seconds. */
export function startDriver(config: HostConfig, request: Request, seconds: number, hooks: DriverHooks): Driver {
  const killsBefore = oomKills();
  const marker = randomUUID();
  let folders: Folders | undefined;
  let child: Child;
  try {
    folders = makeFolders(config.scratch);
    child = spawnDriver(config, folders, marker);
  } catch (error) {
    return neverStarted(config, error, folders);
  }

  const toLog = strayText((text) => process.stderr.write(text));
  const output = new DriverOutput(request.id, { ...hooks, text: toLog });
  const stderr = new StderrTail();
  const timers: NodeJS.Timeout[] = [];
  let ended: EndReason | undefined;

  function end(reason: EndReason): void {
    if (ended || hasExited(child)) return;
    ended = reason;
    terminate();
  }
  function terminate(): void {
    signal('SIGTERM');
    timers.push(setTimeout(() => signal('SIGKILL'), PROTOCOL.terminateMilliseconds));
  }
  function signal(name: NodeJS.Signals): void {
    if (!hasExited(child)) signalGroup(child.pid, name);
  }
  const awaitExit = runOnce(() => timers.push(setTimeout(() => end('exit'), PROTOCOL.exitMilliseconds)));
  const stopAtFault = runOnce(terminate);

  child.stdout.on('data', (chunk: Buffer) => {
    output.push(chunk);
    if (output.fault) stopAtFault();
    else if (output.said) awaitExit();
  });
  child.stdout.on('end', awaitExit);
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    toLog(chunk);
  });
  child.stdin.on('error', () => undefined); // A driver need not read.
  child.stdin.end(`${JSON.stringify(request)}\n`);
  timers.push(setTimeout(() => end('timeout'), Math.min(seconds * 1000, MAX_TIMER_MILLISECONDS)));

  async function outcome(): Promise<Outcome> {
    const closed = once(child, 'close').catch(() => undefined);
    try {
      await once(child, 'exit');
    } catch (error) {
      for (const timer of timers) clearTimeout(timer);
      return startError(config, error);
    }
    killLeft(child.pid, marker, config.isInit);
    await drained(child, closed);
    for (const timer of timers) clearTimeout(timer);
    output.end();
    await hooks.ended?.();
    const { exitCode: code, signalCode } = child;
    const { said, fault } = output;
    return verdict({
      said,
      fault,
      ended,
      code,
      signal: signalCode,
      stderr: stderr.text(),
      outOfMemory: outOfMemory(killsBefore),
    });
  }

  const settled = outcome();
  return { pid: child.pid, outcome: settled, gone: settled.then(async () => removeFolder(folders.root)), end };
}

/** The longest that a timer can be. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

function spawnDriver(config: HostConfig, { home, tmp }: Folders, marker: string): Child {
  const [file, ...args] = config.command;
  const env = { ...config.environment, HOME: home, TMPDIR: tmp, [MARKER]: marker };
  // A session of its own, so that its group can be ended as one.
  return spawn(file, args, { cwd: tmp, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}

function hasExited(child: Child): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function neverStarted(config: HostConfig, error: unknown, folders: Folders | undefined): Driver {
  const gone = folders ? removeFolder(folders.root) : Promise.resolve();
  return { pid: undefined, outcome: Promise.resolve(startError(config, error)), gone, end: () => undefined };
}

function startError({ command }: HostConfig, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    status: 'error',
    error: { kind: 'start', message: `the driver ${command[0]} cannot be started: ${reason}` },
  };
}

function runOnce(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
