import { describe, expect, test } from 'vitest';
import { expectedRuns } from './testing/cronjob-model.ts';
import { liveRuns } from './testing/live.ts';
import { randomWorld } from './testing/world.ts';

const WORLDS = 4;
const policies = ['Allow', 'Forbid', 'Replace'] as const;
const worlds = policies.flatMap((policy, row) =>
  Array.from({ length: WORLDS }, (_, index) => ({ policy, seed: 100 * row + index })),
);

/** Seconds where there is nothing else to do. */
const TIMEOUT = 60_000;

describe('two years with downtimes, stops, suspensions, edits, slow runs, runs by hand and kills', {
  timeout: TIMEOUT,
}, () => {
  test.each(worlds)('$policy, seed $seed: the runs are those that CronJob would make', ({ policy, seed }) => {
    const world = randomWorld(seed, policy);
    const readable = ({ for: what, at }: { for: number | string; at: number }) =>
      `${typeof what === 'number' ? new Date(what).toISOString() : what} at ${new Date(at).toISOString()}`;
    const expected = expectedRuns(world).map(readable);
    expect(expected.length).toBeGreaterThan(100);
    expect(liveRuns(world, seed).map(readable)).toEqual(expected);
  });
});
