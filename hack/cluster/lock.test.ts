import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

test.each(['', 'rubbish'])('a lock that names no holder, %j, is stale when it is not new', async (content) => {
  const file = join(dir, 'lock');
  await writeFile(file, content);
  await utimes(file, 0, 0);
  expect(await withLock(file, async () => 'done')).toBe('done');
});

test('of many who find a dead lock, and a dead take-over of it, one at a time does its work', async () => {
  const file = join(dir, 'lock');
  const dead = `${process.pid} 1 token`;
  await writeFile(file, dead);
  await writeFile(`${file}.takeover`, dead);
  let inside = 0;
  const seen: number[] = [];
  const work = async () => {
    seen.push(++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, async () => withLock(file, work)));
  expect(seen).toEqual(Array(8).fill(1));
  expect(await readdir(dir)).toEqual([]);
});

test('a lock that cannot be made is an error at once', async () => {
  const file = join(dir, 'n'.repeat(300));
  await expect(withLock(file, async () => 'done')).rejects.toThrow(/cannot make the lock .*ENAMETOOLONG/);
});

test("somebody else's lock is not removed at the end", async () => {
  const file = join(dir, 'lock');
  await withLock(file, async () => writeFile(file, 'of another'));
  expect(await readFile(file, 'utf8')).toBe('of another');
});

test('who waits for itself is not told of another process', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const file = join(dir, 'lock');
  await Promise.all([1, 2].map(async () => withLock(file, async () => undefined)));
  expect(written).not.toHaveBeenCalled();
  written.mockRestore();
});

test('work that fails releases the lock', async () => {
  const file = join(dir, 'lock');
  await expect(withLock(file, async () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(existsSync(file)).toBe(false);
});
