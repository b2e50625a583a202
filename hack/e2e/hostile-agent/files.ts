import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MEBIBYTE = 1024 * 1024;

/** A small file that means no harm. */
export async function writeArtifact(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `the content of ${name}\n`);
}

/** Really writes so many bytes, and goes on where some of them did not fit. */
export async function fillDense(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'dense'), 'w');
  const chunk = Buffer.alloc(MEBIBYTE, 'd');
  try {
    for (let written = 0; written < bytes; written += chunk.length) await file.write(chunk);
  } catch (error) {
    console.log(`the disk is full: ${error}`);
  } finally {
    await file.close();
  }
}

/** A file that says it is that long and takes nothing. */
export async function fillSparse(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'sparse');
  await writeFile(path, '');
  await truncate(path, bytes);
}

/** One file that may be kept, `good.txt`, among all that a reader of artifacts must not fall for. */
export async function hostileFiles(folder: string): Promise<void> {
  await writeArtifact(folder, 'good.txt');
  await mkdir(join(folder, 'deep', ...Array.from({ length: 40 }, () => 'd')), { recursive: true });
  await writeFile(join(folder, 'new\nline\u001b[31m\u202e.txt'), 'x');
  await writeFile(Buffer.concat([Buffer.from(`${folder}/not-utf8-`), Buffer.from([0xff, 0xfe])]), 'x');
  await writeFile(join(folder, 'unreadable'), 'x');
  await chmod(join(folder, 'unreadable'), 0);
  symlinkSync('/etc/rune/question/question.json', join(folder, 'link-to-question'));
  symlinkSync('/etc/rune', join(folder, 'link-to-folder'));
  symlinkSync('../../..', join(folder, 'link-out'));
  symlinkSync('loop', join(folder, 'loop'));
  linkSync(join(folder, 'good.txt'), join(folder, 'hard-link.txt'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  mkdirSync(join(folder, '..hidden'));
}
