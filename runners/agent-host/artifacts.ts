import { mkdirSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { RequestError } from './request-error.ts';

/** Makes the folder for a question's artifacts, a path below `root` or relative to it. Throws a RequestError. */
export function makeArtifactsFolder(root: string, wanted: unknown): string {
  if (typeof wanted !== 'string') throw new RequestError(400, 'bad_request', '`artifacts_dir` must be a string');
  const folder = resolve(root, wanted);
  const path = relative(root, folder);
  if (path === '' || path.split(sep)[0] === '..')
    throw new RequestError(400, 'bad_request', `\`artifacts_dir\` must be a folder below ${root}`);
  if (makeAndList(root, path).length > 0)
    throw new RequestError(400, 'bad_request', `\`artifacts_dir\` ${folder} holds files; name one that is empty`);
  return folder;
}

function makeAndList(root: string, path: string): string[] {
  const folder = join(root, path);
  try {
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(500, 'infrastructure', `the folder for artifacts cannot be made: ${reason}`);
  }
}
