import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-lock-'));
});
afterEach(async () => rm(dir, { recursive: true }));

test('only one at a time does its work, and the lock is gone at the end', async () => {
  const file = join(dir, 'lock');
  let inside = 0;
  const work = async () => {
    inside += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const seen = inside;
    inside -= 1;
    return seen;
  };
  expect(await Promise.all([1, 2, 3].map(async () => withLock(file, work)))).toEqual([1, 1, 1]);
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that died is taken over', async () => {
  const file = join(dir, 'lock');
  await writeFile(file, `${process.pid} 1`); // Our pid, but of a process that started right after the boot.
  expect(await withLock(file, async () => 'done')).toBe('done');
});

test('work that fails releases the lock', async () => {
  const file = join(dir, 'lock');
  await expect(withLock(file, async () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(existsSync(file)).toBe(false);
});
