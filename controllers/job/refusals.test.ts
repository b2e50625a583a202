import { expect, test } from 'vitest';
import { Refusals } from './refusals.ts';
import { openStatus, START, sampleJob } from './testing/sample.ts';

const job = sampleJob({}, openStatus('PodRefused'));
const why = { reason: 'PodRefused', message: 'Quota.' } as const;

test('a Pod that is refused again is tried again after 5, 10, 20 … s, at most 5 min', () => {
  const refusals = new Refusals();
  const delays = Array.from({ length: 8 }, () => {
    refusals.add(job, why, START);
    return ((refusals.of(job)?.retryTime ?? 0) - START) / 1000;
  });
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});

test('a name that is taken is looked at each 5 s', () => {
  const refusals = new Refusals();
  for (let time = 0; time < 3; time++) refusals.add(job, { ...why, reason: 'PodNameTaken' }, START);
  expect(refusals.of(job)?.retryTime).toBe(START + 5000);
});

test('is of one attempt of one job, and forgotten with it', () => {
  const refusals = new Refusals();
  refusals.add(job, why, START);
  expect(refusals.isPending(job, START + 4999)).toBe(true);
  expect(refusals.isPending(job, START + 5000)).toBe(false);
  expect(refusals.of({ ...job, metadata: { ...job.metadata, uid: 'again' } })).toBeUndefined();
  refusals.forget('team/sum');
  expect(refusals.of(job)).toBeUndefined();
});
