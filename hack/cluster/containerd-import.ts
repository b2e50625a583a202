import { open } from 'node:fs/promises';
import { runInNode } from './namespaces.ts';
import { waitFor } from './wait.ts';

const ctr = ['ctr', '--namespace', 'k8s.io'];

/** Gives an image archive to the containerd of the node whose process 1 is `init`. */
export async function importArchive(init: number, archive: string): Promise<void> {
  await waitFor('containerd', async () => void (await runInNode(init, [...ctr, 'version'])), 30);
  const file = await open(archive);
  try {
    await runInNode(init, [...ctr, 'image', 'import', '-'], file.fd);
  } finally {
    await file.close();
  }
}

/** Whether the node's containerd already holds an image. */
export async function hasImage(init: number, ref: string): Promise<boolean> {
  const names = await runInNode(init, [...ctr, 'image', 'ls', '--quiet', `name==${ref}`]);
  return names.trim() !== '';
}

/** Gives an image that is there one more name. */
export async function tagImage(init: number, ref: string, name: string): Promise<void> {
  await runInNode(init, [...ctr, 'image', 'tag', '--force', ref, name]);
}
