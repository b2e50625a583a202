import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collectArtifacts } from './collect.ts';
import { digest } from './digest.ts';
import { mediaType } from './media-type.ts';
import { walk } from './walk.ts';

// Thousands of files or chunks take their time on machines that are busy.
vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
  root = join(base, '1');
  mkdirSync(root);
  writeFileSync(join(base, 'secret'), "not the agent's");
});
afterEach(() => rmSync(base, { recursive: true }));

const put = (name: string, content: string | Buffer = 'x'): void => writeFileSync(join(root, name), content);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function reasons(): Promise<Record<string, string>> {
  const { leftOut } = await collectArtifacts(root);
  return Object.fromEntries(leftOut.map(({ name, why }) => [name, why]));
}

describe('collectArtifacts', () => {
  it('keeps regular files with type, length and digest, in the order of their names', async () => {
    mkdirSync(join(root, 'a/b'), { recursive: true });
    put('z.txt', 'zed');
    put('a/b/r.json', '{}');
    put('empty', '');
    expect(await collectArtifacts(root)).toEqual({
      artifacts: [
        { name: 'a/b/r.json', type: 'application/json', bytes: 2, sha256: sha256('{}') },
        { name: 'empty', type: 'text/plain', bytes: 0, sha256: sha256('') },
        { name: 'z.txt', type: 'text/plain', bytes: 3, sha256: sha256('zed') },
      ],
      leftOut: [],
    });
  });

  it('finds nothing where there is no folder', async () => {
    expect(await collectArtifacts(join(base, '2'))).toEqual({ artifacts: [], leftOut: [] });
  });

  it('follows no link, to a file, to a folder, or in place of the folder itself', async () => {
    symlinkSync('../secret', join(root, 'file'));
    symlinkSync('..', join(root, 'folder'));
    symlinkSync('self', join(root, 'self'));
    expect(await reasons()).toEqual({ file: 'it is a link', folder: 'it is a link', self: 'it is a link' });
    symlinkSync(base, join(base, 'link'));
    expect(await collectArtifacts(join(base, 'link'))).toEqual({
      artifacts: [],
      leftOut: [{ name: '.', why: 'it cannot be read, or is no folder any more' }],
    });
  });

  it('opens no pipe and no socket', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    expect(await reasons()).toEqual({ pipe: 'it is a pipe', socket: 'it is a socket' });
    await new Promise((resolve) => server.close(resolve));
  });

  it.skipIf(!isRoot)('opens no device (only root can make one)', async () => {
    execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5']);
    expect(await reasons()).toEqual({ zero: 'it is a device' });
  });

  it('counts holes: a file of 1 TiB is too much, and not read', async () => {
    put('sparse');
    truncateSync(join(root, 'sparse'), 2 ** 40);
    await expect(collectArtifacts(root)).rejects.toThrow('more than 64 MiB');
  });

  it('bounds the length of all files together', async () => {
    put('a', Buffer.alloc(40 * 1024 * 1024));
    put('b', Buffer.alloc(24 * 1024 * 1024));
    expect((await collectArtifacts(root)).artifacts).toHaveLength(2);
    put('c');
    await expect(collectArtifacts(root)).rejects.toThrow('more than 64 MiB');
  });

  it('bounds their number', async () => {
    for (let index = 0; index < 64; index++) put(`${index}`);
    expect((await collectArtifacts(root)).artifacts).toHaveLength(64);
    for (let index = 64; index < 10_000; index++) put(`${index}`);
    await expect(collectArtifacts(root)).rejects.toThrow('more than 64 files');
  });

  it('bounds the number of entries that are no files, too', async () => {
    for (let index = 0; index <= 10_000; index++) symlinkSync('x', join(root, `${index}`));
    await expect(collectArtifacts(root)).rejects.toThrow('more than 10000 files and folders');
  });

  it('goes no deeper than 16 folders', async () => {
    mkdirSync(join(root, 'd/'.repeat(20)), { recursive: true });
    put(`${'d/'.repeat(15)}in`);
    put(`${'d/'.repeat(16)}out`);
    const { artifacts, leftOut } = await collectArtifacts(root);
    expect(artifacts.map(({ name }) => name)).toEqual([`${'d/'.repeat(15)}in`]);
    expect(leftOut).toEqual([{ name: 'd/'.repeat(16).slice(0, -1), why: 'it lies more than 16 folders deep' }]);
  });

  it('keeps no file whose name misleads, is too long, or is no text', async () => {
    put('two\nlines');
    put('\u001b[2J');
    put('gpj.\u202eexe.jpg');
    mkdirSync(join(root, 'n'.repeat(200)));
    put(`${'n'.repeat(200)}/${'m'.repeat(100)}`);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'x');
    expect(await reasons()).toEqual({
      'two\nlines': 'its name holds control characters',
      '\u001b[2J': 'its name holds control characters',
      'gpj.\u202eexe.jpg': 'its name holds control characters',
      [`${'n'.repeat(200)}/${'m'.repeat(100)}`]: 'its name is longer than 255 characters',
      '\ufffd\ufffd': 'its name is not UTF-8',
    });
  });

  it('follows no link that takes the place of a file after it was found', async () => {
    put('report');
    const found = walk(root);
    const first = await found.next();
    rmSync(join(root, 'report'));
    symlinkSync('../secret', join(root, 'report'));
    const { path } = first.value as { path: string };
    expect(await digest(path, 'report', 100)).toEqual({ why: 'it cannot be opened', bytes: 0 });
  });

  it('reads no more in all where files change under it', async () => {
    put('0', Buffer.alloc(8 * 1024 * 1024));
    for (let link = 1; link < 64; link++) linkSync(join(root, '0'), join(root, `${link}`));
    let seconds = 0;
    const touching = setInterval(() => utimesSync(join(root, '0'), 0, seconds++));
    await expect(collectArtifacts(root).finally(() => clearInterval(touching))).rejects.toThrow('more than 64 MiB');
  });

  it('waits for nobody where a pipe takes the place of a file', async () => {
    put('report');
    const { value } = await walk(root).next();
    rmSync(join(root, 'report'));
    execFileSync('mkfifo', [join(root, 'report')]);
    expect(await digest((value as { path: string }).path, 'report', 100)).toEqual({
      why: 'it is no regular file any more',
      bytes: 0,
    });
  });

  it.skipIf(process.platform !== 'linux')('stays in a folder that a link takes the place of', async () => {
    mkdirSync(join(root, 'd'));
    put('d/secret', "the agent's");
    const found = walk(root);
    const { value } = await found.next();
    renameSync(join(root, 'd'), join(root, 'moved'));
    symlinkSync('..', join(root, 'd'));
    expect(await digest((value as { path: string }).path, 'secret', 100)).toMatchObject({
      sha256: sha256("the agent's"),
    });
  });
});

describe('mediaType', () => {
  it.each<[string, string, string]>([
    ['report.md', '# Why', 'text/markdown'],
    ['REPORT.HTML', '<p>', 'text/html'],
    ['a.unknown', 'text', 'text/plain'],
    ['picture.txt', '\x89PNG\r\n\x1a\n', 'image/png'],
    ['picture.png', 'no picture', 'text/plain'],
    ['data.json', '\x00\x01', 'application/octet-stream'],
    ['data.json', '\xff\xfe', 'application/octet-stream'],
    ['constructor', 'x', 'text/plain'],
    ['a.constructor', 'x', 'text/plain'],
  ])('%s that begins with %j', (name, beginning, type) => {
    expect(mediaType(name, Buffer.from(beginning, 'latin1'))).toBe(type);
  });

  it('takes text for text where the sample ends within a character', () => {
    expect(mediaType('a', Buffer.from('aé').subarray(0, 2))).toBe('text/plain');
  });
});
