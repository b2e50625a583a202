import { readdirSync, readFileSync } from 'node:fs';

/** In the environment of all processes of a request, unless they took it out themselves. */
export const MARKER = 'RUNE_REQUEST';

/** A fork that is as fast as this may still win, which only the end of the container stops. */
const PASSES = 20;

/** Sends a signal to the group that this process leads. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined) send(-pid, signal);
}

/**
 * Kills what a driver left. The first process of a PID namespace kills all others of it, at once. Elsewhere these are
 * the driver's group and, on Linux, all whose environment bears its marker; who removed that from it stays.
 */
export function killLeft(pid: number | undefined, marker: string, isInit: boolean): void {
  if (isInit) {
    send(-1, 'SIGKILL');
    return;
  }
  signalGroup(pid, 'SIGKILL');
  for (let pass = 0; pass < PASSES; pass++) {
    const left = processesWith(`${MARKER}=${marker}`);
    if (left.length === 0) return;
    for (const { pid: one } of left) send(one, 'SIGKILL');
  }
}

/** Processes of this user whose environment has this entry, as `NAME=VALUE`. None where there is no /proc. */
export function processesWith(entry: string): { pid: number; commandLine: string }[] {
  return pids()
    .filter((pid) => readProcessFile(pid, 'environ').includes(entry))
    .map((pid) => ({ pid, commandLine: readProcessFile(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // Not on Linux.
  }
}

/** Empty for a process that has ended, or is another user's. */
function readProcessFile(pid: number, name: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // There is none any more.
  }
}
