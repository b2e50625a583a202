import { expect, test } from 'vitest';
import { t95 } from './student-t.ts';

// scipy.stats.t.ppf(0.95, degrees)
test.each([
  [1, 6.313751514675043],
  [2, 2.919985580355516],
  [3, 2.353363434801823],
  [4, 2.131846786326649],
  [5, 2.015048372669157],
  [10, 1.8124611228107335],
  [30, 1.6972608943617378],
  [120, 1.6576508993552355],
  [100_000, 1.6448688657],
])('of %i degrees of freedom', (degrees, value) => {
  expect(Math.abs(t95(degrees) - value)).toBeLessThan(0.002);
});
