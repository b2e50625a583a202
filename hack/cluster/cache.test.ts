import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cached, cacheKey, hashFiles } from './cache.ts';

describe('cacheKey', () => {
  test('does not depend on the order of inputs', () => {
    expect(cacheKey({ a: '1', b: '2' })).toBe(cacheKey({ b: '2', a: '1' }));
  });

  test.each([[{ a: '1', b: '3' }], [{ a: '1' }], [{ a: '2', b: '1' }], [{ a: '1;1:b=1:2' }]])(
    'differs for %j',
    (other) => {
      expect(cacheKey({ a: '1', b: '2' })).not.toBe(cacheKey(other as Record<string, string>));
    },
  );
});

describe('hashFiles', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'rune-hash-'));
    await mkdir(join(dir, 'sub'));
    await writeFile(join(dir, 'sub', 'a'), 'content');
    await writeFile(join(dir, 'b'), 'more');
  });
  afterEach(async () => rm(dir, { recursive: true }));

  test.each([
    ['content', async () => writeFile(join(dir, 'sub', 'a'), 'changed')],
    ['a new file', async () => writeFile(join(dir, 'sub', 'c'), '')],
    ['a name', async () => rm(join(dir, 'b')).then(async () => writeFile(join(dir, 'c'), 'more'))],
    ['an execute bit', async () => chmod(join(dir, 'b'), 0o755)],
  ])('changes with %s', async (_what, change) => {
    const before = await hashFiles(dir, ['.']);
    expect(await hashFiles(dir, ['b', 'sub'])).toBe(before);
    await change();
    expect(await hashFiles(dir, ['.'])).not.toBe(before);
  });
});

describe('cached', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'rune-cache-'));
    vi.stubEnv('XDG_CACHE_HOME', dir);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true });
  });
  const inKind = async () => (await readdir(join(dir, 'rune', 'kind'))).sort();

  test('builds once, also when several ask at once', async () => {
    let built = 0;
    const build = async (target: string) => writeFile(join(target, 'file'), `${++built}`);
    const paths = await Promise.all([cached('kind', 'a', build), cached('kind', 'a', build)]);
    expect(paths[0]).toBe(paths[1]);
    expect(await readFile(join(paths[0], 'file'), 'utf8')).toBe('1');
    expect(await inKind()).toEqual(['a']);
  });

  test('a build that fails leaves no entry, and what it leaves goes with the next build', async () => {
    const failing = cached('kind', 'a', async () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(await inKind()).toEqual(['a.partial']);
    await cached('kind', 'b', async () => expect(await inKind()).toEqual(['b.partial']));
    expect(await inKind()).toEqual(['b']);
  });

  test('a build that still runs keeps what it has', async () => {
    await cached('kind', 'a', async () => {
      await cached('kind', 'b', async () => undefined);
      expect(await inKind()).toEqual(['a.partial', 'b']);
    });
  });
});
