import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export type ChildOptions = {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Gets each line of standard output. */
  onLine: (line: string) => void;
  /** Gets each line of standard error. */
  onErrorLine: (line: string) => void;
};

/** A program of ours that runs as a child, in a process group of its own, so that Ctrl-C reaches it only through us. */
export type Child = {
  /** The exit code, or the signal that ended it; after all of its output was read. Never rejects. */
  ended: Promise<number | NodeJS.Signals>;
  /** Sends a signal; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to end, and kills it and what is left of its process group when it has not after `milliseconds`. */
  end(milliseconds: number): Promise<void>;
};

/** Starts a TypeScript file with this Node. */
export function startChild(file: string, { args, env, onLine, onErrorLine }: ChildOptions): Child {
  const child = spawn(process.execPath, [file, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = (stream: NodeJS.ReadableStream, take: (line: string) => void) =>
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take);
  lines(child.stdout, onLine);
  lines(child.stderr, onErrorLine);
  const ended = endOf(child);
  return {
    ended,
    signal: (name) => void child.kill(name),
    async end(milliseconds) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(child), milliseconds);
      await ended;
      clearTimeout(timer);
      killGroup(child);
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return signal ?? code ?? 1;
  } catch {
    return 1; // It could not be started.
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
