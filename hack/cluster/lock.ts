import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startTime } from './process-table.ts';
import { say } from './progress.ts';
import { waitFor } from './wait.ts';

/** Does `work` while no other process holds the lock file; a lock whose holder has died is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  await waitFor(
    `the lock ${file}`,
    async () => {
      if (await take(file)) return undefined;
      if (!told) say(`  waiting for another process that works on this (${file})`);
      told = true;
      return `held by process ${await holder(file)}`;
    },
    30 * 60,
  );
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid} ${startTime(process.pid) ?? ''}`, { flag: 'wx' });
    return true;
  } catch {
    const [pid, started] = (await holder(file)).split(' ');
    if (!pid || isAlive(Number(pid), started)) return false;
    const stale = `${file}.${process.pid}`;
    await rename(file, stale).catch(() => {}); // Only one of several who see the stale lock moves it away.
    await rm(stale, { force: true });
    return false;
  }
}

async function holder(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}

function isAlive(pid: number, started: string | undefined): boolean {
  if (started) return startTime(pid) === started;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
