import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkIntegrity } from './npm-package.ts';

test('accepts only what is pinned', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rune-package-'));
  const file = join(dir, 'file');
  await writeFile(file, 'abc');
  const sha512 = '3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';
  await expect(checkIntegrity(file, `sha512-${sha512}`)).resolves.toBeUndefined();
  await expect(checkIntegrity(file, 'sha512-other')).rejects.toThrow(`has integrity sha512-${sha512}, expected`);
  await rm(dir, { recursive: true });
});
