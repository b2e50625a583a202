import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesOf } from './attempt-files.ts';

/** What an agent does to its folder between the moment its artifacts are found and the upload. */
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rune-hostile-'));
});
afterAll(async () => rm(root, { recursive: true }));

const LARGE = 6 * 1024 * 1024;
const changes: [name: string, change: (folder: string, content: Buffer) => Promise<void>][] = [
  [
    'a link in the place of the folder that it lies in',
    async (folder, content) => {
      await rename(join(folder, 'a'), join(folder, '../elsewhere'));
      await writeFile(join(folder, '../elsewhere/key'), content.fill('s'));
      await symlink('../elsewhere', join(folder, 'a'));
    },
  ],
  [
    'a link in its own place',
    async (folder, content) => {
      await writeFile(join(folder, '../secret'), content.fill('s'));
      await rm(join(folder, 'a/key'));
      await symlink('../../secret', join(folder, 'a/key'));
    },
  ],
  ['other content of the same length', async (folder, content) => writeFile(join(folder, 'a/key'), content.fill('s'))],
  ['more content', async (folder, content) => writeFile(join(folder, 'a/key'), Buffer.concat([content, content]))],
  ['less content', async (folder, content) => writeFile(join(folder, 'a/key'), content.subarray(1))],
  ['nothing', async (folder) => rm(join(folder, 'a/key'))],
];

test.each(changes.flatMap(([name, change]) => [10, LARGE].map((bytes) => ({ name, change, bytes }))))(
  'with $name, an artifact of $bytes bytes is not read as if it were the one that was found',
  async ({ change, bytes }) => {
    const { folder, content, open } = await found(bytes);
    await change(folder, content);
    await expect(open()).rejects.toThrow('it changed after it was found');
  },
);

test.each([0, 10, LARGE])('an artifact of %i bytes that nobody touched is read whole', async (bytes) => {
  const { content, open } = await found(bytes);
  expect((await open()).equals(content)).toBe(true);
});

test('what the backend may have repeated of its key is in no file, and findings that cannot be written are left out', async () => {
  const apiKey = 'a-key-of-at-least-16-characters';
  const left = { lines: [], artifacts: [], answer: `It is ${apiKey}.`, findings: [{ told: [apiKey] }], apiKey };
  const [, answer, findings] = await filesOf(left);
  expect(String(await answer?.open())).toBe('It is [key].');
  expect(String(await findings?.open())).toBe('[{"told":["[key]"]}]');
  let deep: Record<string, unknown> = {};
  for (let depth = 0; depth < 20_000; depth++) deep = { deep };
  expect((await filesOf({ ...left, findings: [deep] })).map(({ name }) => name)).toEqual([
    'events.jsonl.zst',
    'answer.md',
  ]);
});

/** An artifact in a folder of its own, and how the archive reads it to its end. */
async function found(bytes: number) {
  const folder = join(await mkdtemp(join(root, 'case-')), 'artifacts');
  await mkdir(join(folder, 'a'), { recursive: true });
  const content = Buffer.alloc(bytes, 'good');
  await writeFile(join(folder, 'a/key'), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const artifacts = [{ name: 'a/key', type: 'text/plain', bytes, sha256 }];
  const open = async () => {
    const [, artifact] = await filesOf({ lines: [], artifacts, artifactsFolder: folder });
    const opened = await artifact?.open();
    return opened instanceof Readable ? await buffer(opened) : Buffer.from(opened ?? []);
  };
  return { folder, content, open };
}
