import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A TypeScript file and all files of ours that it loads, directly or not. Paths are below `root`, sorted.
 * @throws Error when one of them is not there
 */
export async function importedFiles(root: string, entry: string): Promise<string[]> {
  const found = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const target of relativeImports(await readFile(join(root, file), 'utf8'))) {
      open.push(join(dirname(file), target));
    }
  }
  return [...found].sort();
}

/** What a source imports by a relative path when it runs; types are gone by then. */
export function relativeImports(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\s(?!type\s)[^;]*?\bfrom\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|\bawait import\('(\.[^']+)'\)/gm,
  );
  return [...statements].map(([, from, bare, later]) => from ?? bare ?? later ?? '');
}
