import type { RuneRun } from '../../crds/types.ts';

type RunStatus = NonNullable<RuneRun['status']>;

/** Of the status alone, in bytes of JSON; the rest of the object needs a few more, and no object is above 100 KB. */
export const MAX_STATUS_BYTES = 92_000;

/**
 * The status with what can be left out left out, until it fits: the table by tags first, which follows from `cases` and
 * the suites, then lists of names. What is left without them is bounded by the schema. Pure.
 */
export function bounded(status: RunStatus): RunStatus {
  const steps: ((one: RunStatus) => RunStatus)[] = [
    (one) => one,
    ({ tags = [], ...rest }) => ({ ...rest, tags: tags.slice(0, 32) }),
    ({ tags: _tags, ...rest }) => rest,
    withoutNames,
    ({ cells = [], ...rest }) => ({ ...rest, cells: cells.map(({ usage: _usage, ...cell }) => cell) }),
  ];
  let fitted = status;
  for (const step of steps) {
    fitted = step(fitted);
    if (Buffer.byteLength(JSON.stringify(fitted)) <= MAX_STATUS_BYTES) break;
  }
  return fitted;
}

function withoutNames(status: RunStatus): RunStatus {
  if (status.comparison === undefined) return status;
  const { missing: _missing, newlyFailing = [], ...comparison } = status.comparison;
  return { ...status, comparison: { ...comparison, newlyFailing: newlyFailing.slice(0, 4) } };
}
