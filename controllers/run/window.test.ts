import { describe, expect, test } from 'vitest';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import { sampleFrozen } from './simulation/sample.ts';
import { Window } from './window.ts';

/** Cells 0 and 2 are served by `fast`, cells 1 and 3 by `slow`; the cases of a cell are 0-4, 5-9, 10-14 and 15-19. */
const frozen = withBackends(
  sampleFrozen({ agents: 2, models: 2, questions: 5, trials: 1 }, { order: 'Sequential', parallelism: 6 }),
  ['fast', 'slow', 'fast', 'slow'],
);

function withBackends(from: FrozenRun, names: readonly string[]): FrozenRun {
  const cells = from.cells.map((cell, place) => ({
    ...cell,
    model: { ...cell.model, backendRef: { name: names[place] ?? '' } },
  }));
  return { ...from, cells };
}

/** A window of which these cases were made; `open` are in progress. */
function windowOf({ made = [], open = [], of = frozen }: { made?: number[]; open?: number[]; of?: FrozenRun }): Window {
  const gone = new Set([...made, ...open]);
  const window = new Window(of, (index) => !gone.has(index));
  for (const index of open) window.opened(index);
  return window;
}

const always = () => true;
const plenty = () => 100;
const upTo = (end: number) => Array.from({ length: end }, (_, index) => index);

describe('the next cases are', () => {
  test.each([
    ['as many as may be in progress, in their order', {}, [0, 1, 2, 3, 4, 5]],
    ['as many as there is room for', { open: [0, 1, 2, 3] }, [4, 5]],
    ['none while there is no room', { open: [0, 1, 2, 3, 4, 5] }, []],
    ['those that were passed over before', { made: [0, 2, 4, 6] }, [1, 3, 5, 7, 8, 9]],
    ['the last ones', { made: upTo(18) }, [18, 19]],
    ['none when all were made', { made: upTo(20) }, []],
  ])('%s', (_name, situation, expected) => {
    expect(windowOf(situation).next(plenty, always)).toEqual(expected);
  });

  test('of another backend where one has enough to do: what it serves, and two that wait', () => {
    const maxJobs = (backend: string) => (backend === 'slow' ? 1 : 100);
    const window = windowOf({ of: { ...frozen, parallelism: 12 } });
    expect(window.next(maxJobs, always)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13]);
    expect(windowOf({ open: [5, 6, 7], made: upTo(5) }).next(maxJobs, always)).toEqual([10, 11, 12]);
  });

  test('none after the first that may not start', () => {
    const asked: number[] = [];
    const mayStart = (index: number) => {
      asked.push(index);
      return asked.length < 3;
    };
    expect(windowOf({}).next(plenty, mayStart)).toEqual([0, 1]);
    expect(asked).toEqual([0, 1, 2]);
  });
});

test('a case that ended makes room, whatever is said of it twice', () => {
  const window = windowOf({ open: [0, 1, 2, 3, 4, 5] });
  window.opened(3);
  window.closed(3);
  window.closed(3);
  window.closed(19);
  expect(window.open).toEqual([0, 1, 2, 4, 5]);
  expect(window.next(plenty, always)).toEqual([6]);
});

test.each([
  [upTo(19), true],
  [upTo(20), false],
])('after %o there is a next one: %s', (made, expected) => {
  expect(windowOf({ made }).hasNext).toBe(expected);
});

test('the next of 10,000 cases is found without looking at those that were made', () => {
  const large = sampleFrozen({ agents: 8, models: 8, questions: 156, trials: 1 }, { parallelism: 10 });
  const made = new Set<number>();
  let looks = 0;
  const window = new Window(large, (index) => {
    looks++;
    return !made.has(index);
  });
  let most = 0;
  for (let next = window.next(plenty, always); next.length > 0; next = window.next(plenty, always)) {
    for (const index of next) {
      made.add(index);
      window.opened(index);
    }
    for (const index of window.open) window.closed(index);
    most = Math.max(most, looks);
    looks = 0;
  }
  expect(made.size).toBe(9984);
  // Each of ten looks at the chosen ones before it, and the head of the line passes by ten once.
  expect(most).toBeLessThanOrEqual(120);
});
