import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listArtifacts, readArtifact, writeArtifact } from './artifact-files.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-artifacts-'));
});
afterEach(async () => rm(dir, { recursive: true }));

test('what was written is listed and read', async () => {
  expect(await listArtifacts(dir)).toBe('There are no files.');
  expect(await writeArtifact(dir, 'report 1.md', 'Zürich')).toBe('Wrote 7 bytes to report 1.md.');
  expect(await listArtifacts(dir)).toBe('report 1.md (7 bytes)');
  expect(await readArtifact(dir, 'report 1.md')).toBe('Zürich');
});

test.each(['../x', '/etc/passwd', '.hidden', 'a/b', '', 'a\nb', 'x'.repeat(101)])(
  'the name %j is refused',
  async (name) => {
    await expect(writeArtifact(dir, name, 'x')).rejects.toThrow('no folders');
    await expect(readArtifact(dir, name)).rejects.toThrow('no folders');
    expect(await readdir(dir)).toEqual([]);
  },
);

test('size and number are bounded, but a file may be replaced', async () => {
  await expect(writeArtifact(dir, 'big', 'x'.repeat(1024 * 1024 + 1))).rejects.toThrow('1048576 are allowed');
  await Promise.all(Array.from({ length: 64 }, async (_, n) => writeFile(join(dir, `f${n}`), '')));
  await expect(writeArtifact(dir, 'one-more', 'x')).rejects.toThrow('there are 64 files already');
  expect(await writeArtifact(dir, 'f0', 'x')).toBe('Wrote 1 bytes to f0.');
});

test('a long file is cut when it is read, and a missing one said so', async () => {
  await writeArtifact(dir, 'long', 'z'.repeat(40_000));
  expect(await readArtifact(dir, 'long')).toBe(`${'z'.repeat(32_768)}\n(cut)`);
  await expect(readArtifact(dir, 'none')).rejects.toThrow('list_files says which there are');
});
