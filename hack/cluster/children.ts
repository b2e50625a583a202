import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const graceSeconds = 10;

/** Children that lead a process group of their own (`detached`) and still run. */
const children = new Set<ChildProcess>();
let ending = false;

/** Whether this process is about to end and must not start anything any more. */
export function isEnding(): boolean {
  return ending;
}

/** Takes a child that was spawned with `detached`; it is ended with all that it started when this process ends. */
export function track(child: ChildProcess): void {
  if (children.size === 0) process.on('exit', terminate);
  children.add(child);
  child.on('close', () => forget(child));
  child.on('error', () => forget(child));
}

/** Ends all children and waits until they are gone, so that nothing works on in a folder that the next start clears. */
export async function endChildren(): Promise<void> {
  ending = true;
  terminate();
  for (let waited = 0; children.size > 0 && waited < graceSeconds * 10; waited++) await sleep(100);
  for (const child of children) signalGroup(child, 'SIGKILL');
}

/** For programs: Ctrl-C and SIGTERM end the children first, which the terminal does not do for groups of their own. */
export function endChildrenOnSignals(): void {
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => void endChildren().finally(() => process.exit(code)));
  }
}

function terminate(): void {
  for (const child of children) signalGroup(child, 'SIGTERM');
}

function forget(child: ChildProcess): void {
  children.delete(child);
  if (children.size === 0) process.off('exit', terminate);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
