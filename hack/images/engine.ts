import { join } from 'node:path';
import { cacheDir } from '../cluster/checkout.ts';
import { findCommand, run, succeeds } from '../cluster/command.ts';

/** What builds images here: an engine with a daemon or of its own, or buildah where there is none. */
export type Engine = 'buildah' | 'docker' | 'podman';

let found: Promise<'docker' | 'podman' | undefined> | undefined;

/** The container engine that answers on this machine, if any; Docker before podman. */
export async function containerEngine(): Promise<'docker' | 'podman' | undefined> {
  found ??= (async () => {
    if (findCommand('docker') && (await succeeds('docker', ['version', '--format', '{{.Server.Version}}'])))
      return 'docker';
    if (findCommand('podman') && (await succeeds('podman', ['info']))) return 'podman';
    return undefined;
  })();
  return await found;
}

export async function imageEngine(): Promise<Engine> {
  return (await containerEngine()) ?? 'buildah';
}

/**
 * Runs buildah on image storage of our own in the cache, so that the user's own images stay apart. It mounts that
 * storage and leaves it mounted; in a mount namespace of its own, the mounts end with it.
 */
export async function buildah(args: readonly string[]): Promise<string> {
  const storage = ['--root', join(cacheDir(), 'containers'), '--runroot', join(cacheDir(), 'containers-run')];
  return await run('unshare', ['--mount', 'buildah', ...storage, ...args]);
}

/** Whether that storage holds an image. */
export async function buildahHolds(ref: string): Promise<boolean> {
  return await buildah(['inspect', '--type', 'image', ref]).then(
    () => true,
    () => false,
  );
}
