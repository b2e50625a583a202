import { expect, test } from 'vitest';
import type { CoreEvent } from '../kube/resource.ts';
import { POD_WARNINGS, startTrouble } from './start-trouble.ts';
import { at, samplePod } from './testing/sample.ts';

const event = (message: string, seconds: number) => ({ message, lastTimestamp: at(seconds) }) as unknown as CoreEvent;

test('keeps the words of a trouble, and of another warning only whose it is', () => {
  const whole = {
    ...event('cannot', 3),
    reason: 'FailedCreatePodSandBox',
    metadata: { name: 'e', uid: 'u' },
  } as CoreEvent;
  const of = { involvedObject: { kind: 'Pod', name: 'p', uid: 'x' } };
  expect(POD_WARNINGS.project({ ...whole, ...of })).toMatchObject({ message: 'cannot', involvedObject: { uid: 'x' } });
  expect(POD_WARNINGS.project({ ...whole, ...of, reason: 'DNSConfigForming' }).message).toBeUndefined();
});

const notSynced =
  'MountVolume.SetUp failed for volume "key" : failed to sync secret cache: timed out waiting for the condition';
const absent = 'MountVolume.SetUp failed for volume "key" : secret "absent" not found';

test.each<[string, CoreEvent[], string | undefined]>([
  ['none', [], undefined],
  ['one', [event('a', 0)], 'a'],
  ['of two troubles always the same', [event('b', 10), event('a', 0)], 'a'],
  ['whichever is told last', [event('b', 10), event('a', 12)], 'a'],
  ['nothing that passes by itself', [event(notSynced, 12)], undefined],
  ['what lasts, whatever passes by itself beside it', [event(notSynced, 12), event(absent, 10)], absent],
  ['but not what is long over', [event('b', 200), event('a', 0)], 'b'],
])('%s', (_what, events, expected) => {
  expect(startTrouble({ by: () => events }, samplePod(1))).toBe(expected);
});
