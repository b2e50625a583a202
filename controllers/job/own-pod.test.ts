import { describe, expect, test } from 'vitest';
import type { Pod } from '../../crds/raw.ts';
import { attemptOf, isOwnPod, jobKeyOf } from './own-pod.ts';
import { sampleJob, samplePod } from './testing/sample.ts';

const job = sampleJob();
const owner = { apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneJob', name: 'sum', uid: '0123456789' };

describe('a job has as its own', () => {
  test.each<[string, Partial<Pod['metadata']>, boolean]>([
    ['the Pod that was made for it', {}, true],
    ['no Pod of another namespace, whatever its labels and owner', { namespace: 'evil' }, false],
    ['no Pod with only its labels', { ownerReferences: [] }, false],
    ['no Pod of another uid', { ownerReferences: [{ ...owner, uid: 'other' }] }, false],
    ['no Pod of another name', { name: 'sum-x-1' }, false],
    ['its Pod without labels, too', { labels: {} }, true],
  ])('%s', (_what, metadata, expected) => {
    expect(isOwnPod(samplePod(1, {}, metadata), job)).toBe(expected);
  });
});

test.each([
  ['sum-1', 1, 'team/sum'],
  ['a-7-12', 12, 'team/a-7'],
  ['sum', Number.NaN, undefined],
  ['sum-0', Number.NaN, undefined],
])('%s is of attempt %d of %s', (name, attempt, key) => {
  const pod = samplePod(1, {}, { name });
  expect(attemptOf(pod)).toBe(attempt);
  expect(jobKeyOf(pod)).toBe(key);
});
