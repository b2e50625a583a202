import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withScratch } from '../cluster/scratch.ts';
import { importedFiles, relativeImports } from './imported-files.ts';

test('what a source loads, without types and packages', () => {
  const source = `import { one } from './one.ts';
import type { Two } from './two.ts';
import {
  type Three,
  three,
} from '../three.ts';
export { four } from './four.ts';
import './five.ts';
import { readFile } from 'node:fs/promises';
const { seven } = await import('./seven.ts');
const six = "import { six } from './six.ts'";`;
  expect(relativeImports(source)).toEqual(['./one.ts', '../three.ts', './four.ts', './five.ts', './seven.ts']);
});

test('a file with all that it loads, each once', async () => {
  await withScratch(async (root) => {
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/main.ts'), "import { one } from './b/one.ts';\nimport { two } from '../two.ts';\n");
    await writeFile(join(root, 'a/b/one.ts'), "import { two } from '../../two.ts';\n");
    await writeFile(join(root, 'two.ts'), "export { main } from './a/main.ts';\n");
    expect(await importedFiles(root, 'a/main.ts')).toEqual(['a/b/one.ts', 'a/main.ts', 'two.ts']);
    await expect(importedFiles(root, 'a/other.ts')).rejects.toThrow('a/other.ts');
  });
});
