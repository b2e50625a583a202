import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withScratch } from './scratch.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rune-parent-'));
});
afterEach(async () => rm(parent, { recursive: true }));

test('the folder is gone at the end, also of work that fails', async () => {
  const failing = withScratch(async (dir) => {
    await writeFile(join(dir, 'file'), '');
    throw new Error('failed');
  }, parent);
  await expect(failing).rejects.toThrow('failed');
  expect(await readdir(parent)).toEqual([]);
});

test('folders of processes that died are removed, others stay', async () => {
  await mkdir(join(parent, `rune-scratch-${process.pid}-1-abcdef`)); // Our pid, but of a process right after the boot.
  await mkdir(join(parent, 'something-else'));
  await withScratch(async () => {
    await withScratch(async () => {
      expect(await readdir(parent)).toHaveLength(3);
    }, parent);
  }, parent);
  expect(await readdir(parent)).toEqual(['something-else']);
});
