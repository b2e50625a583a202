import { describe, expect, test } from 'vitest';
import { caseAt } from '../../crds/cases.ts';
import { orderOf } from './order.ts';

const shape = { cells: 4, questions: 10, trials: 5 };
const all = Array.from({ length: 200 }, (_, index) => index);

test('sequential: as cases are numbered', () => {
  expect(orderOf({ order: 'Sequential', seed: 1 }, shape)).toEqual(all);
});

describe('interleaved', () => {
  const order = orderOf({ order: 'Interleaved', seed: 1 }, shape);
  const cases = order.map((index) => caseAt(index, shape));

  test('has each case once', () => {
    expect(order.toSorted((a, b) => a - b)).toEqual(all);
  });

  test('goes trial by trial', () => {
    expect(cases.map(({ trial }) => trial)).toEqual(all.map((place) => Math.floor(place / 40)));
  });

  test('asks a question in all cells, side by side, before the next one', () => {
    for (let from = 0; from < cases.length; from += 4) {
      const side = cases.slice(from, from + 4);
      expect(new Set(side.map(({ question }) => question)).size).toBe(1);
      expect(side.map(({ cell }) => cell).toSorted()).toEqual([0, 1, 2, 3]);
    }
  });

  test('no cell is always the first of its question', () => {
    const firsts = cases.filter((_, place) => place % 4 === 0).map(({ cell }) => cell);
    const counts = [0, 1, 2, 3].map((cell) => firsts.filter((one) => one === cell).length);
    expect(Math.min(...counts)).toBeGreaterThan(4);
  });

  test('questions are in another order in each trial', () => {
    const orders = [0, 1, 2, 3, 4].map((trial) => cases.filter((one) => one.trial === trial && one.cell === 0));
    expect(new Set(orders.map((one) => one.map(({ question }) => question).join())).size).toBe(5);
  });

  test('is the same for the same seed, and another one for another seed', () => {
    expect(orderOf({ order: 'Interleaved', seed: 1 }, shape)).toEqual(order);
    expect(orderOf({ order: 'Interleaved', seed: 2 }, shape)).not.toEqual(order);
  });
});

test.each([
  [{ cells: 1, questions: 1, trials: 1 }, [0]],
  [{ cells: 1, questions: 1, trials: 3 }, [0, 1, 2]],
])('%o', (small, expected) => {
  expect(orderOf({ order: 'Interleaved', seed: 9 }, small)).toEqual(expected);
});
