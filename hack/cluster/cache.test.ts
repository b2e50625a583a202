import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheKey, hashFiles } from './cache.ts';

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
