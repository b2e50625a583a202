import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'rune-types-'));
const crd = join(copy, 'crds', 'runebackends.yaml');

beforeAll(() => {
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(root, 'hack', 'generate-types.ts'), join(copy, 'hack', 'generate-types.ts'));
  const definitions = readdirSync(join(root, 'crds')).filter((file) => file.endsWith('.yaml'));
  for (const file of [...definitions, 'types.ts']) {
    cpSync(join(root, 'crds', file), join(copy, 'crds', file));
  }
});

afterAll(() => rmSync(copy, { recursive: true }));

test('stale types are found, and generating them again mends that', () => {
  expect(generate('--check')).toMatchObject({ status: 0 });

  const text = readFileSync(crd, 'utf8');
  writeFileSync(crd, text.replace('description: Where it listens, with', 'description: Where it answers, with'));
  expect(generate('--check')).toMatchObject({ status: 1, stderr: expect.stringContaining('crds/types.ts is stale') });

  expect(generate()).toMatchObject({ status: 0 });
  expect(readFileSync(join(copy, 'crds', 'types.ts'), 'utf8')).toContain('Where it answers, with the version');
  expect(generate('--check')).toMatchObject({ status: 0 });
}, 60_000);

function generate(...args: string[]) {
  return spawnSync(process.execPath, [join(copy, 'hack', 'generate-types.ts'), ...args], { encoding: 'utf8' });
}
