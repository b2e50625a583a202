import { expect, test } from 'vitest';
import { SlotHolders } from './slot-holders.ts';

test('a job counts once, as long as something holds its slot', () => {
  const holders = new SlotHolders();
  holders.hold('a', 'taken', 'team/one');
  holders.hold('a', 'job', 'team/one');
  holders.letGo('a', 'taken');
  expect([holders.size, holders.jobsOn('team/one'), holders.has('a')]).toEqual([1, 1, true]);
  holders.letGo('a', 'job');
  holders.letGo('a', 'job');
  expect([holders.size, holders.jobsOn('team/one'), holders.has('a')]).toEqual([0, 0, false]);
});

test('it counts against the backend that the job names, whatever its Pod says', () => {
  const holders = new SlotHolders();
  holders.hold('a', 'pod p', 'team/other');
  expect(holders.jobsOn('team/other')).toBe(1);
  holders.hold('a', 'job', 'team/one');
  expect([holders.jobsOn('team/other'), holders.jobsOn('team/one')]).toEqual([0, 1]);
  holders.letGo('a', 'job');
  expect([holders.jobsOn('team/other'), holders.jobsOn('team/one')]).toEqual([1, 0]);
});
