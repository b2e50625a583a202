import { expect, test } from 'vitest';
import type { Steps } from '../../crds/statistics/steps.ts';
import { inTurns } from './in-turns.ts';

test('others go on between the steps of a calculation', async () => {
  const story: string[] = [];
  function* calculation(): Steps<number> {
    for (const step of [1, 2, 3]) {
      story.push(`step ${step}`);
      setImmediate(() => story.push(`after ${step}`));
      yield;
    }
    return 42;
  }
  expect(await inTurns(calculation())).toBe(42);
  expect(story).toEqual(['step 1', 'after 1', 'step 2', 'after 2', 'step 3', 'after 3']);
});
