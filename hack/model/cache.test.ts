import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeOnce, modelCache } from './cache.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rune-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  [{ XDG_CACHE_HOME: '/c' }, /^\/c\/rune\/models$/],
  [{ XDG_CACHE_HOME: '' }, /\/\.cache\/rune\/models$/],
])('%j', (env, expected) => {
  expect(modelCache(env)).toMatch(expected);
});

test('builds once, also when several ask at once, and leaves no scratch', async () => {
  const path = join(folder, 'deep', 'made');
  let built = 0;
  const make = () =>
    makeOnce(path, async (scratch) => {
      built++;
      await mkdir(join(scratch, 'made'));
      await writeFile(join(scratch, 'made', 'file'), 'x');
      return join(scratch, 'made');
    });
  await Promise.all([make(), make()]);
  await make();
  expect(built).toBe(2);
  expect(await readFile(join(path, 'file'), 'utf8')).toBe('x');
  expect(await readdir(join(folder, 'deep'))).toEqual(['made']);
});

test('a build that fails leaves nothing', async () => {
  const failing = makeOnce(join(folder, 'made'), () => Promise.reject(new Error('no network')));
  await expect(failing).rejects.toThrow('no network');
  expect(await readdir(folder)).toEqual([]);
});
