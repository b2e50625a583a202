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

test.each<[string, CoreEvent[], string | undefined]>([
  ['none', [], undefined],
  ['one', [event('a', 0)], 'a'],
  ['of two troubles always the same', [event('b', 10), event('a', 0)], 'a'],
  ['whichever is told last', [event('b', 10), event('a', 12)], 'a'],
  ['but not what is long over', [event('b', 200), event('a', 0)], 'b'],
])('%s', (_what, events, expected) => {
  expect(startTrouble({ by: () => events }, samplePod(1))).toBe(expected);
});
