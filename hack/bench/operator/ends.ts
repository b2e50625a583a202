import type { Pod } from '../../../crds/raw.ts';
import type { RuneJob } from '../../../crds/types.ts';
import type { BatchJob } from './resources.ts';

/** What {@link Sightings} notes as an end: each gives the names that have come to theirs. */

export function passed({ metadata, status }: RuneJob): string[] {
  return status?.outcome === 'Passed' ? [metadata.name ?? ''] : [];
}

export function complete({ metadata, status }: BatchJob): string[] {
  return status?.conditions?.some(({ type }) => type === 'Complete') ? [metadata.name ?? ''] : [];
}

export function succeeded({ metadata, status }: Pod): string[] {
  return status?.phase === 'Succeeded' ? [metadata.name ?? ''] : [];
}

/** The indexes of an Indexed Job that are done: `1,3-5` names four of them. */
export function completedIndexes({ status }: BatchJob): string[] {
  const ranges = (status?.completedIndexes ?? '').split(',').filter((range) => range !== '');
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => String(first + offset));
  });
}
