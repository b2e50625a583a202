import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTime } from './process-table.ts';
import { say } from './progress.ts';

const limitSeconds = 30 * 60;
/** A lock is written whole, so one that names no holder was left by a full disk or an interrupted copy. */
const unreadableSeconds = 5;

/**
 * Does `work` while nobody else holds the lock file; a lock whose holder has died is taken over.
 * @throws Error when it cannot be written, or is still held after half an hour
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const own = `${process.pid} ${startTime(process.pid) ?? '-'} ${randomUUID()}`;
  await waitForLock(file, own);
  try {
    return await work();
  } finally {
    if ((await read(file)) === own) await rm(file, { force: true });
  }
}

/** Whether somebody who lives holds the lock now. */
export async function isLocked(file: string): Promise<boolean> {
  return (await read(file)) !== undefined && !(await isStale(file));
}

async function waitForLock(file: string, own: string): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (let told = false; !(await take(file, own)); told = true) {
    const pid = Number.parseInt((await read(file)) ?? '', 10);
    if (performance.now() > deadline)
      throw new Error(`the lock ${file}: still held by process ${pid} after ${limitSeconds / 60} minutes`);
    if (!told && pid !== process.pid && pid > 0) say(`  waiting for process ${pid}, which works on this (${file})`);
    await sleep(100);
  }
}

/** Takes the lock if nobody who lives holds it. */
async function take(file: string, own: string): Promise<boolean> {
  if (await create(file, own)) return true;
  if (!(await isStale(file))) return false;
  // Only who holds this second lock may remove the first one, so what is removed is what was found to be stale.
  const takeOver = `${file}.takeover`;
  if (!(await take(takeOver, own))) return false;
  try {
    if (await isStale(file)) await rm(file, { force: true });
  } finally {
    await rm(takeOver, { force: true });
  }
  return await create(file, own);
}

/** Makes the file with its content at once, so that nobody sees it empty. @returns false where it is there already */
async function create(file: string, content: string): Promise<boolean> {
  const whole = `${file}.${randomUUID()}`;
  try {
    await writeFile(whole, content);
    await link(whole, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new Error(`cannot make the lock ${file}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  } finally {
    await rm(whole, { force: true }).catch(() => {}); // Where it could not be made, that is the error to tell.
  }
}

async function isStale(file: string): Promise<boolean> {
  const content = await read(file);
  if (content === undefined) return false;
  const [pid, started] = content.split(' ');
  if (Number(pid) > 0) return !isAlive(Number(pid), started);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > unreadableSeconds * 1000;
}

/** Undefined where there is no such file. */
async function read(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

function isAlive(pid: number, started: string | undefined): boolean {
  if (started && started !== '-') return startTime(pid) === started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM'; // It lives, as another user.
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
