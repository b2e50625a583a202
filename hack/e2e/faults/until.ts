import type { KubeObject } from '../../../controllers/kube/resource.ts';
import type { Informer } from '../../../controllers/kube/watch.ts';

/**
 * Resolves with what `look` returns as soon as that is not undefined; it is asked at each change that the informer sees.
 * @throws Error that names what was awaited, after `limitSeconds`
 */
export async function until<Found>(
  informers: readonly Pick<Informer<KubeObject>, 'onChange'>[],
  awaited: string,
  look: () => Found | undefined,
  limitSeconds = 60,
): Promise<Found> {
  const found = Promise.withResolvers<Found>();
  let isOver = false;
  const check = () => {
    if (isOver) return;
    const value = look();
    if (value !== undefined) found.resolve(value);
  };
  // An informer keeps its handlers for good; those of the past do nothing.
  for (const informer of informers) informer.onChange(check);
  const late = setTimeout(
    () => found.reject(new Error(`${awaited}: not within ${limitSeconds} s`)),
    limitSeconds * 1000,
  );
  try {
    check();
    return await found.promise;
  } finally {
    isOver = true;
    clearTimeout(late);
  }
}
