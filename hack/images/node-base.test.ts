import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutAt } from '../cluster/checkout.ts';
import { nodePackage } from './node-base.ts';

test.each(['x64', 'arm64'])('the Node of package.json is pinned for %s', async (arch) => {
  const manifest: { devDependencies: { node: string } } = JSON.parse(
    await readFile(join(checkoutAt().root, 'package.json'), 'utf8'),
  );
  expect(nodePackage(manifest.devDependencies.node, arch).integrity).toMatch(/^sha512-[\w+/]{86}==$/);
});

test.each([
  ['0.1.0', 'x64'],
  ['24.21.0', 's390x'],
])('Node %s for %s is not, which says what to do', (version, arch) => {
  expect(() => nodePackage(version, arch)).toThrow(`npm view node-linux-${arch}@${version} dist.integrity`);
});
