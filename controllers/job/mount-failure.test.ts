import { expect, test } from 'vitest';
import type { CoreEvent } from '../kube/resource.ts';
import { mountFailure } from './mount-failure.ts';
import { at, samplePod } from './testing/sample.ts';

const event = (message: string, seconds: number) => ({ message, lastTimestamp: at(seconds) }) as unknown as CoreEvent;

test.each<[string, CoreEvent[], string | undefined]>([
  ['none', [], undefined],
  ['one', [event('a', 0)], 'a'],
  ['of two troubles always the same', [event('b', 10), event('a', 0)], 'a'],
  ['whichever is told last', [event('b', 10), event('a', 12)], 'a'],
  ['but not what is long over', [event('b', 200), event('a', 0)], 'b'],
])('%s', (_what, events, expected) => {
  expect(mountFailure({ by: () => events }, samplePod(1))).toBe(expected);
});
