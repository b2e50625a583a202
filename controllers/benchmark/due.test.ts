import { expect, test } from 'vitest';
import { due } from './due.ts';
import { Schedule } from './schedule.ts';

const hourly = new Schedule('0 * * * *', 'UTC');
const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);
const created = at('01T00:30');

test.each<[string, { last?: string; now: string; deadline?: number }, string | undefined, number]>([
  ['nothing yet', { now: '01T00:59' }, undefined, 0],
  ['on the minute', { now: '01T01:00' }, '01T01:00', 1],
  ['late', { now: '01T01:40' }, '01T01:00', 1],
  ['acted upon', { last: '01T01:00', now: '01T01:40' }, undefined, 0],
  ['three missed, the newest counts', { last: '01T01:00', now: '01T04:10' }, '01T04:00', 3],
  ['too late', { now: '01T01:40', deadline: 600 }, undefined, 0],
  ['not yet too late', { now: '01T01:09', deadline: 600 }, '01T01:00', 1],
  ['of many missed, those within the deadline', { last: '01T01:00', now: '03T00:05', deadline: 7200 }, '03T00:00', 2],
  ['after days', { last: '01T01:00', now: '20T12:34' }, '20T12:00', 101],
  ['a clock that was set back', { last: '02T01:00', now: '01T12:00' }, undefined, 0],
])('%s', (_name, { last, now, deadline }, time, missed) => {
  const input = { created, last: last === undefined ? undefined : at(last), deadlineSeconds: deadline, now: at(now) };
  expect(due(hourly, input)).toEqual({ ...(time === undefined ? {} : { time: at(time) }), missed });
});

test('years of minutes are not counted one by one', () => {
  const everyMinute = new Schedule('* * * * *', 'Europe/Berlin');
  const now = Date.parse('2030-03-31T01:00:30Z');
  const found = due(everyMinute, {
    created: Date.parse('2026-01-01T00:00:00Z'),
    last: undefined,
    deadlineSeconds: undefined,
    now,
  });
  expect(found).toEqual({ time: Date.parse('2030-03-31T01:00:00Z'), missed: 101 });
});
