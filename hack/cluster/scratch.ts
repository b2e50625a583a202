import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTime } from './process-table.ts';

const prefix = 'rune-scratch-';

/** Gives `work` an empty folder and removes it afterwards, and with it those of earlier programs that were killed. */
export async function withScratch<T>(work: (dir: string) => Promise<T>, parent: string = tmpdir()): Promise<T> {
  await removeAbandoned(parent);
  const dir = await mkdtemp(join(parent, `${prefix}${process.pid}-${startTime(process.pid) ?? ''}-`));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const [pid, started] = name.slice(prefix.length).split('-');
    // Without a start time (no /proc) nobody can tell whether the process is the same one.
    if (!started || startTime(Number(pid)) === started) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {}); // It may be another user's.
  }
}
