import { type Checkout, checkoutAt, clusterSettings } from '../cluster/checkout.ts';
import { run } from '../cluster/command.ts';
import { hasImage, importArchive } from '../cluster/containerd-import.ts';
import { loadIntoKind } from '../cluster/kind.ts';
import { findInit } from '../cluster/namespaces.ts';
import { step } from '../cluster/progress.ts';
import { readState } from '../cluster/state.ts';
import type { BuiltImage } from './build.ts';
import { buildah, imageEngine } from './engine.ts';

/**
 * Gives a built image to the cluster of a checkout, by default this one. @returns the reference that Pods use; it differs from the
 * image's own only where the image had to be pushed to a registry.
 */
export async function loadImage(image: BuiltImage, checkout: Checkout = checkoutAt()): Promise<string> {
  const state = await readState(checkout);
  switch (state?.provider) {
    case undefined:
      throw new Error('there is no cluster to load the image into; start one with: make cluster');
    case 'kind':
      await step(`load ${image.ref}`, async () => loadIntoKind(state.name, state.engine, image.ref));
      return image.ref;
    case 'single-node':
      await loadIntoNode(checkout.id, image);
      return image.ref;
    case 'context':
      return await push(image);
  }
}

async function loadIntoNode(checkoutId: string, { archive, ref }: BuiltImage): Promise<void> {
  const init = findInit(checkoutId);
  if (init === undefined) throw new Error('the cluster does not run; start it with: make cluster');
  if (archive === undefined) throw new Error(`${ref} is held by a container engine that the single node cannot reach`);
  if (await hasImage(init, ref)) return;
  await step(`load ${ref}`, async () => importArchive(init, archive));
}

/** Pushes to RUNE_REGISTRY with the credentials that the engine already has. */
async function push({ archive, ref }: BuiltImage): Promise<string> {
  const { registry } = clusterSettings();
  if (!registry) {
    throw new Error(
      'a cluster of your own pulls images from a registry: set RUNE_REGISTRY to one that you may push to',
    );
  }
  const target = ref.replace(/^localhost/, registry);
  const engine = await imageEngine();
  await step(`push ${target}`, async () => {
    if (engine === 'buildah') {
      await buildah(['pull', '--quiet', `docker-archive:${archive}`]);
      await buildah(['push', '--quiet', ref, `docker://${target}`]);
      await buildah(['rmi', ref]);
      return;
    }
    await run(engine, ['tag', ref, target]);
    await run(engine, ['push', '--quiet', target]);
  });
  return target;
}
