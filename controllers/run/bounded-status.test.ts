import { expect, test } from 'vitest';
import type { RuneRun } from '../../crds/types.ts';
import { bounded, MAX_STATUS_BYTES } from './bounded-status.ts';

type RunStatus = NonNullable<RuneRun['status']>;

const bytes = (status: RunStatus) => Buffer.byteLength(JSON.stringify(status));
const tag = (index: number) => ({ tag: `${index}`.padStart(31, 't'), cell: 0, measured: 10, passed: 5 });
const name = (index: number) => `${index}`.padStart(256, 'n');

/** A status whose cases alone take so many bytes. */
function statusOf(caseBytes: number): RunStatus {
  const usage = { jobs: 10, inputTokens: 1000, outputTokens: 100, cachedTokens: 0 };
  const cell = { agent: 'a', model: 'm', jobs: 10, measured: 10, passed: 10, unmeasured: 0, usage };
  return {
    observedGeneration: 1,
    cells: [{ ...cell, cases: 'P'.repeat(caseBytes) }],
    tags: Array.from({ length: 128 }, (_, index) => tag(index)),
    comparison: {
      baseline: 'before',
      newlyFailing: Array.from({ length: 16 }, (_, index) => name(index)),
      missing: Array.from({ length: 16 }, (_, index) => name(index)),
    },
  };
}

const rest = bytes(statusOf(0));
const fewNames = bytes({
  ...statusOf(0),
  tags: undefined,
  comparison: { baseline: 'before', newlyFailing: [0, 1, 2, 3].map(name) },
} as never);
const allTags = bytes(statusOf(0)) - bytes({ ...statusOf(0), tags: [] });

test.each<[string, number, object]>([
  ['all of it', MAX_STATUS_BYTES - rest, { tags: 128, missing: 16, newlyFailing: 16, usage: true }],
  ['some tags', MAX_STATUS_BYTES - rest + 1, { tags: 32, missing: 16, newlyFailing: 16, usage: true }],
  ['no tags', MAX_STATUS_BYTES - rest + allTags - 100, { tags: 0, missing: 16, newlyFailing: 16, usage: true }],
  ['a few names', MAX_STATUS_BYTES - rest + allTags + 100, { tags: 0, missing: 0, newlyFailing: 4, usage: true }],
  ['neither', MAX_STATUS_BYTES - fewNames + 1, { tags: 0, missing: 0, newlyFailing: 4, usage: false }],
])('keeps %s', (_name, caseBytes, expected) => {
  const before = statusOf(caseBytes);
  const after = bounded(before);
  expect(bytes(after)).toBeLessThanOrEqual(MAX_STATUS_BYTES);
  expect({
    tags: after.tags?.length ?? 0,
    missing: after.comparison?.missing?.length ?? 0,
    newlyFailing: after.comparison?.newlyFailing?.length ?? 0,
    usage: after.cells?.[0]?.usage !== undefined,
  }).toEqual(expected);
  expect(after.cells?.[0]?.cases).toBe(before.cells?.[0]?.cases);
});
