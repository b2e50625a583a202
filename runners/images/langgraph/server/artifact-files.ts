import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const maxBytes = 1024 * 1024;
const maxFiles = 64;
const maxReadCharacters = 32_768;

/** @returns what the model is told. @throws Error that says why the file cannot be written */
export async function writeArtifact(dir: string, name: string, content: string): Promise<string> {
  const path = pathOf(dir, name);
  const bytes = Buffer.byteLength(content);
  if (bytes > maxBytes) throw new Error(`${name} would have ${bytes} bytes; ${maxBytes} are allowed`);
  const names = await readdir(dir);
  if (!names.includes(name) && names.length >= maxFiles) throw new Error(`there are ${maxFiles} files already`);
  await writeFile(path, content);
  return `Wrote ${bytes} bytes to ${name}.`;
}

/** The file's text; a long one is cut, and says so. @throws Error when there is none of that name */
export async function readArtifact(dir: string, name: string): Promise<string> {
  const text = await readFile(pathOf(dir, name), 'utf8').catch(() => {
    throw new Error(`there is no file ${name}; list_files says which there are`);
  });
  return text.length <= maxReadCharacters ? text : `${text.slice(0, maxReadCharacters)}\n(cut)`;
}

/** One line for each file. */
export async function listArtifacts(dir: string): Promise<string> {
  const names = (await readdir(dir)).sort();
  const lines = names.map(async (name) => `${name} (${(await stat(join(dir, name))).size} bytes)`);
  return names.length === 0 ? 'There are no files.' : (await Promise.all(lines)).join('\n');
}

/** Plain names only: nothing leads out of the folder. */
function pathOf(dir: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$/.test(name)) return join(dir, name);
  throw new Error('a file name has up to 100 letters, digits, ".", "_", "-" and blanks, and no folders');
}
