import { join } from 'node:path';
import { type Checkout, checkoutAt } from '../cluster/checkout.ts';
import { tagImage } from '../cluster/containerd-import.ts';
import { pullInKind, tagInKind } from '../cluster/kind.ts';
import { findInit } from '../cluster/namespaces.ts';
import { readState } from '../cluster/state.ts';
import { type BuiltImage, buildImage } from './build.ts';
import { loadImage } from './load.ts';
import { nodeBaseImage } from './node-base.ts';

/** What the manifests of questions say: `image: busybox:1.37`, with imagePullPolicy IfNotPresent. */
const name = 'docker.io/library/busybox:1.37';

/**
 * Makes sure that Pods of the checkout's cluster can run busybox:1.37: the real one where it can be pulled, else one
 * of Debian's busybox under its name. A cluster that the user named pulls it itself.
 */
export async function provideBusybox(checkout: Checkout = checkoutAt()): Promise<void> {
  const state = await readState(checkout);
  if (state === undefined || state.provider === 'context') return;
  if (state.provider === 'kind') {
    if (await pullInKind(state.name, state.engine, name)) return;
    const { ref } = await loaded(checkout);
    return await tagInKind(state.name, state.engine, ref, name);
  }
  const { ref } = await loaded(checkout);
  const init = findInit(checkout.id);
  if (init !== undefined) await tagImage(init, ref, name);
}

async function loaded(checkout: Checkout): Promise<BuiltImage> {
  const image = await buildImage({
    name: 'rune-busybox',
    dockerfile: join(import.meta.dirname, 'busybox.Dockerfile'),
    base: await nodeBaseImage(),
    context: { key: '', stage: async () => {} },
  });
  await loadImage(image, checkout);
  return image;
}
