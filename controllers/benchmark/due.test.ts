import { expect, test } from 'vitest';
import { due } from './due.ts';
import { Schedule } from './schedule.ts';

const hourly = new Schedule('0 * * * *', 'UTC');
const at = (text: string) => Date.parse(`2026-11-${text}:00Z`);
const since = at('01T00:30');

test.each<[string, { last?: string; now: string; deadline?: number }, string | undefined, number, string?]>([
  ['nothing yet', { now: '01T00:59' }, undefined, 0],
  ['on the minute', { now: '01T01:00' }, '01T01:00', 1],
  ['late', { now: '01T01:40' }, '01T01:00', 1],
  ['acted upon', { last: '01T01:00', now: '01T01:40' }, undefined, 0],
  ['three missed, the newest counts', { last: '01T01:00', now: '01T04:10' }, '01T04:00', 3],
  ['too late', { now: '01T01:40', deadline: 600 }, undefined, 0, '01T01:00'],
  ['at the end of the deadline', { now: '01T01:10', deadline: 600 }, undefined, 0, '01T01:00'],
  ['a deadline of 0', { now: '01T01:00', deadline: 0 }, undefined, 0, '01T01:00'],
  ['too late, but acted upon', { last: '01T01:00', now: '01T01:40', deadline: 600 }, undefined, 0],
  ['not yet too late', { now: '01T01:09', deadline: 600 }, '01T01:00', 1],
  ['of many missed, those within the deadline', { last: '01T01:00', now: '03T00:05', deadline: 7200 }, '03T00:00', 2],
  ['after days', { last: '01T01:00', now: '20T12:34' }, '20T12:00', 101],
  ['a clock that was set back', { last: '02T01:00', now: '01T12:00' }, undefined, 0],
])('%s', (_name, { last, now, deadline }, time, missed, tooLate) => {
  const input = { since, last: last === undefined ? undefined : at(last), deadlineSeconds: deadline, now: at(now) };
  expect(due(hourly, input)).toEqual({
    ...(time === undefined ? {} : { time: at(time) }),
    missed,
    ...(tooLate === undefined ? {} : { tooLate: at(tooLate) }),
  });
});

test('a schedule edited meanwhile counts from the last time that was acted upon, as that of a CronJob', () => {
  const half = new Schedule('30 * * * *', 'UTC');
  const found = due(half, { since, last: at('01T01:00'), deadlineSeconds: undefined, now: at('01T01:40') });
  expect(found).toEqual({ time: at('01T01:30'), missed: 1 });
});

test('years of minutes are not counted one by one', () => {
  const everyMinute = new Schedule('* * * * *', 'Europe/Berlin');
  const now = Date.parse('2030-03-31T01:00:30Z');
  const found = due(everyMinute, {
    since: Date.parse('2026-01-01T00:00:00Z'),
    last: undefined,
    deadlineSeconds: undefined,
    now,
  });
  expect(found).toEqual({ time: Date.parse('2030-03-31T01:00:00Z'), missed: 101 });
});
