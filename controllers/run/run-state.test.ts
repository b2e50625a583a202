import { expect, test } from 'vitest';
import { RunState } from './run-state.ts';
import { sampleFrozen, sampleJob, sampleRun } from './simulation/sample.ts';

const frozen = sampleFrozen();
const run = sampleRun(frozen);
const begin = () => new RunState(run, frozen, []);

test('a refusal is waited out longer each time, up to five minutes, and its beginning is kept', () => {
  const state = begin();
  const pauses = Array.from({ length: 11 }, (_, time) => {
    state.refused('exceeded quota', time);
    return (state.refusal?.retryTime ?? 0) - time;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
  expect(state.refusal).toMatchObject({ since: 0, message: 'The API server refused a RuneJob: exceeded quota.' });
});

test('it ends with a job that is made', () => {
  const state = begin();
  state.refused('exceeded quota.', 0);
  state.refused('exceeded quota.', 5);
  state.made(3, 10);
  expect(state.refusal).toBeUndefined();
  state.refused('exceeded quota.', 20);
  expect(state.refusal).toMatchObject({ since: 20, retryTime: 1020 });
});

test('only cells that changed are summed up anew', () => {
  const state = begin();
  const before = state.cells();
  state.progress.observe('added', sampleJob(run, frozen, 60, { outcome: 'Passed' }));
  const after = state.cells();
  expect(after.map((cell, place) => cell === before[place])).toEqual([true, false, true, true]);
  expect(after[1]).toMatchObject({ measured: 1, passed: 1 });
  expect(state.cells().every((cell, place) => cell === after[place])).toBe(true);
});
