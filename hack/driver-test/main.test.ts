import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

// Each test starts a process, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

test.each([
  ['a flag that is wrong', ['true', '--timeout', '0'], 'It must be a number of seconds'],
  ['options that are no object', ['true', '--options', '[]'], 'It must be a JSON object'],
  ['a program that is not there', ['no-such-program --flag'], 'there is no program no-such-program'],
  ['a server that does not answer', ['http://127.0.0.1:9'], 'http://127.0.0.1:9 does not answer'],
])('exits with 2 for %s', (_, args, message) => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
  expect([status, String(stderr)]).toEqual([2, expect.stringContaining(message)]);
});
