import { expect, test } from 'vitest';
import { sampleDeviation } from './deviation.ts';
import { quantile } from './quantile.ts';
import { random } from './random.ts';
import { Sample } from './sample.ts';

test('tells of values that come and go what their list would tell', () => {
  const draw = random(5);
  const sample = new Sample();
  const values: number[] = [];
  for (let step = 0; step < 2000; step++) {
    if (values.length > 0 && draw() < 0.4) {
      const [value = 0] = values.splice(Math.floor(draw() * values.length), 1);
      sample.remove(value);
    } else {
      const value = Math.floor(draw() * 50);
      values.push(value);
      sample.add(value);
    }
    const sorted = values.toSorted((a, b) => a - b);
    expect([sample.size, sample.sum, sample.max]).toEqual([
      ...[values.length, values.reduce((sum, one) => sum + one, 0), Math.max(0, ...values)],
    ]);
    for (const p of [0, 0.5, 0.95, 1]) expect(sample.quantile(p)).toBe(quantile(sorted, p));
    expect(sample.deviation).toBeCloseTo(sampleDeviation(values), 9);
  }
});

test('is exact where sums of squares are beyond 2^53', () => {
  const sample = new Sample();
  for (let index = 0; index < 1000; index++) sample.add(10 ** 9 + (index % 2));
  expect(sample.deviation).toBeCloseTo(Math.sqrt(250 / 999), 12);
});

test('of none', () => {
  const sample = new Sample();
  expect([sample.size, sample.sum, sample.max, sample.deviation, sample.quantile(0.5)]).toEqual([
    0,
    0,
    0,
    0,
    undefined,
  ]);
  expect(() => sample.remove(1)).toThrow('1 is not among the values');
});
