import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as Linux tells of it in /proc. */
export interface ProcessEntry {
  readonly pid: number;
  readonly args: readonly string[];
  /** Identity of its PID namespace, for example `pid:[4026531836]`. */
  readonly pidNamespace: string;
}

/** All processes that this user may look at. */
export function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processEntry(Number(name)) ?? []);
}

function processEntry(pid: number): ProcessEntry | undefined {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, args, pidNamespace: readlinkSync(`/proc/${pid}/ns/pid`) };
  } catch {
    return undefined; // It ended meanwhile, or belongs to somebody else.
  }
}

/** Start time in clock ticks since boot: with the pid it names one process for ever. Undefined when it is gone. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
