import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from '../cluster/cache.ts';
import { type BuiltImage, buildImage } from './build.ts';

/** Builds the image that the single-node cluster's containerd needs for every Pod. @param program the static binary */
export async function buildPauseImage(program: string): Promise<BuiltImage & { readonly archive: string }> {
  const image = await buildImage({
    name: 'rune-pause',
    dockerfile: join(import.meta.dirname, 'pause.Dockerfile'),
    context: {
      key: await hashFiles('/', [program]),
      stage: async (dir) => copyFile(program, join(dir, 'pause')),
    },
  });
  if (image.archive === undefined) throw new Error('the single-node cluster takes its images from buildah');
  return { ...image, archive: image.archive };
}
