import { expect, test } from 'vitest';
import { Schedule, ScheduleError } from './schedule.ts';
// What github.com/robfig/cron/v3 v3.0.1, which the CronJob controller uses, gives for ParseStandard and Next, six times
// from a moment, those up to 2028; `error` where it refuses. Left out are half hours of
// daylight saving and some nights without a midnight, after which it misses a day.
import reference from './testdata/robfig-cron.json' with { type: 'json' };

type Entry = { schedule: string; zone: string; from: string; next?: string[]; error?: boolean };
const entries = reference as Entry[];
const refused = entries.filter(({ error }) => error);
const taken = entries.filter(({ from, next }) => from !== '' && next !== undefined);

test.each(refused)('refuses %s as CronJob does', ({ schedule }) => {
  expect(() => new Schedule(schedule, 'UTC')).toThrow(ScheduleError);
});

test('the data is there', () => {
  expect(refused.length).toBeGreaterThan(15);
  expect(taken.length).toBeGreaterThan(350);
});

const zones = [...new Set(taken.map(({ zone }) => zone))].toSorted();

test.each(zones)('the times in %s are those of CronJob, both changes of the clock included', (zone) => {
  for (const { schedule, from, next = [] } of taken.filter((entry) => entry.zone === zone)) {
    const times = new Schedule(schedule, zone);
    let at: number | undefined = Date.parse(from);
    for (const expected of next) {
      at = times.next(at ?? Number.NaN);
      expect(at && new Date(at).toISOString(), `${schedule} from ${from}`).toBe(`${expected.slice(0, -1)}:00.000Z`);
    }
  }
});

test('a zone whose clock changes by half an hour misses no day', () => {
  const midnight = new Schedule('0 0 * * *', 'Australia/Lord_Howe');
  const first = midnight.next(Date.parse('2026-04-04T12:00:00Z')) ?? 0;
  expect(new Date(first).toISOString()).toBe('2026-04-04T13:00:00.000Z');
  expect(new Date(midnight.next(first) ?? 0).toISOString()).toBe('2026-04-05T13:30:00.000Z');
});

test('a night without a midnight misses nothing that comes later that day', () => {
  const sundays = new Schedule('10 3 * * sun', 'Asia/Beirut');
  expect(new Date(sundays.next(Date.parse('2026-03-28T10:00:00Z')) ?? 0).toISOString()).toBe(
    '2026-03-29T00:10:00.000Z',
  );
});

test('a date that never comes is refused, which CronJob waits for in vain', () => {
  expect(() => new Schedule('0 0 30 2 *', 'UTC')).toThrow(ScheduleError);
});

test.each(['Mars/Olympus', 'berlin', 'UTC+2'])('the time zone %s is unknown', (zone) => {
  expect(() => new Schedule('0 0 * * *', zone)).toThrow(/^spec.timeZone "/);
});

test.each(['0 0 L * *', '0 0 * * 5#2', 'H * * * *', '@every 1h', '0 0 15W * *', '1,,2 * * * *', '0 0 * * * 2026'])(
  '%s is refused',
  (text) => {
    expect(() => new Schedule(text, 'UTC')).toThrow(/^spec.schedule ".*" is not a schedule: write minute, hour/);
  },
);

test('7 is Sunday, as 0 is', () => {
  const from = Date.parse('2026-11-25T00:00:00Z');
  expect(new Schedule('0 3 * * 7', 'UTC').next(from)).toBe(new Schedule('0 3 * * 0', 'UTC').next(from));
});
