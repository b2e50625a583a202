import { expect, test } from 'vitest';
import { Exposition, histogramQuantile } from './exposition.ts';

const before = new Exposition(`# HELP work how long
work_bucket{le="0.1",name="a"} 10
work_bucket{le="1",name="a"} 10
work_bucket{le="+Inf",name="a"} 10
`);
const after = new Exposition(`work_bucket{le="0.1",name="a"} 60
work_bucket{le="1",name="a"} 100
work_bucket{le="+Inf",name="a"} 110
work_bucket{le="0.1",name="b"} 7
rune_leader 1
`);

test('values are read by name and labels', () => {
  expect(after.value('rune_leader')).toBe(1);
  expect(after.value('work_bucket', '{le="0.1",name="b"}')).toBe(7);
  expect(after.value('nothing')).toBe(0);
});

test('a histogram counts what came since an earlier look', () => {
  expect(after.histogram('work', 'name="a"', before)).toEqual([
    { upTo: 0.1, count: 50 },
    { upTo: 1, count: 90 },
    { upTo: Number.POSITIVE_INFINITY, count: 100 },
  ]);
});

test('a quantile is linear within its bucket, and the last finite bound above that', () => {
  const buckets = after.histogram('work', 'name="a"', before);
  expect(histogramQuantile(buckets, 0.25)).toBeCloseTo(0.05);
  expect(histogramQuantile(buckets, 0.7)).toBeCloseTo(0.1 + 0.9 / 2);
  expect(histogramQuantile(buckets, 0.99)).toBe(1);
  expect(histogramQuantile([], 0.5)).toBeNaN();
});
