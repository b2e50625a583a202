import type { Report } from '../../crds/report.ts';
import { digest } from './digest.ts';
import type { LeftOut } from './left-out.ts';
import { ArtifactsTooLargeError } from './too-large.ts';
import { type Found, walk } from './walk.ts';

export type Artifact = NonNullable<Report['artifacts']>[number];

export type Collected = { artifacts: Artifact[]; leftOut: LeftOut[] };

const MAX_ARTIFACTS = 64;
const MEBI = 1024 * 1024;
/** By apparent length, so that a file with holes counts as what a reader of it gets. */
const MAX_ARTIFACT_MEBIBYTES = 64;

/**
 * The regular files below a folder that the agent writes to, in the order of their names. No link is followed, in
 * whatever moment it is put there, and nothing but regular files and folders is opened. A folder that is not there is an
 * empty one. Throws an {@link ArtifactsTooLargeError} for more than 64 files, or 64 MiB, before it reads what is too much.
 */
export async function collectArtifacts(root: string): Promise<Collected> {
  const artifacts: Artifact[] = [];
  const leftOut: LeftOut[] = [];
  let room = MAX_ARTIFACT_MEBIBYTES * MEBI;
  for await (const found of walk(root)) {
    const kept = 'why' in found ? { ...found, bytes: 0 } : await keep(found, room);
    // Of one that changes under the reader, too: it could be read again and again under other names.
    room -= kept.bytes;
    if ('why' in kept) leftOut.push({ name: kept.name, why: kept.why });
    else artifacts.push(kept);
    if (artifacts.length > MAX_ARTIFACTS) throw new ArtifactsTooLargeError(`more than ${MAX_ARTIFACTS} files`);
  }
  artifacts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { artifacts, leftOut };
}

async function keep({ name, path }: Found, room: number): Promise<Artifact | (LeftOut & { bytes: number })> {
  const file = await digest(path, name, room);
  if (file === 'tooLarge') throw new ArtifactsTooLargeError(`more than ${MAX_ARTIFACT_MEBIBYTES} MiB`);
  return { name, ...file };
}
