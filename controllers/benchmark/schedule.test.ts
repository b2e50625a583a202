import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Schedule } from './schedule.ts';
import { ScheduleError } from './schedule-error.ts';

/** A line of testdata/robfig-cron.tsv, which testdata/robfig/main.go describes and writes. */
type Line = { schedule: string; zone: string; from: string; times: string; library: string };

const MOST = 40;
const HORIZON = 800 * 24 * 3_600_000;
const lines = readFileSync(new URL('testdata/robfig-cron.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Line => {
    const [schedule = '', zone = '', from = '', times = '', library = times] = line.split('\t');
    return { schedule, zone, from, times, library };
  });
/** Slips of the pen, and dates that never come, which the library lets pass. */
const isSlip = ({ schedule }: Line) => /[*?]-|\+|,[, ]|^0 0 3[01] 2 /.test(schedule);
const refused = lines.filter((line) => line.times === 'refused' || isSlip(line));
const taken = lines.filter((line) => !refused.includes(line));

describe("beside the library of Kubernetes' CronJob controller", () => {
  test('the data is there', () => {
    expect(refused.length).toBeGreaterThan(50);
    expect(taken.length).toBeGreaterThan(1000);
  });

  test('refuses what it refuses', () => {
    for (const { schedule } of refused)
      expect(() => new Schedule(schedule, 'UTC'), schedule).toThrow(
        /^spec\.schedule ".*" is not a schedule: .+\. Write /,
      );
  });

  test.each([...new Set(taken.map(({ zone }) => zone))])('the times in %s are the same', (zone) => {
    for (const { schedule, from, times } of taken.filter((line) => line.zone === zone))
      expect(digest(timesOf(new Schedule(schedule, zone), from)), `${schedule} from ${from}`).toBe(times);
  });

  test('but where it passes over times itself: by half an hour, or where a day begins without a midnight', () => {
    const others = taken.filter(({ times, library }) => times !== library);
    expect(new Set(others.map(({ zone }) => zone))).toEqual(
      new Set(['America/Santiago', 'Asia/Beirut', 'Australia/Lord_Howe']),
    );
  });
});

test.each([
  ['61 * * * *', 'its minute "61" is not within 0-59'],
  ['* * * * 7', 'its day of week "7" is not within 0-6 (sun-sat)'],
  ['* * * 9-3 *', 'its month "9-3" ends before it begins'],
  ['*/0 * * * *', 'its minute "*/0" has a step of 0'],
  ['0 0 L * *', 'its day of month "L" is not within 1-31'],
  [
    '0 0 * * 5#2',
    'its day of week "5#2" is neither *, a value nor a range such as 1-5, with or without a step such as /2',
  ],
  ['0 0 30 feb *', 'no month of "feb" has a day "30", so it would never be due'],
  ['@every 1h', 'there must be five fields, or one of @yearly, '],
])('%s: says what is wrong', (schedule, why) => {
  expect(() => new Schedule(schedule, 'UTC')).toThrow(`spec.schedule "${schedule}" is not a schedule: ${why}`);
});

test('February 29 is waited for, but not past a century that leaves it out', () => {
  const leap = new Schedule('0 0 29 2 *', 'UTC');
  expect(leap.next(Date.parse('2028-02-29T00:00:00Z'))).toBe(Date.parse('2032-02-29T00:00:00Z'));
  expect(leap.next(Date.parse('2096-02-29T00:00:00Z'))).toBeUndefined();
});

test.each(['Mars/Olympus', 'berlin', 'UTC+2', '+02:00', 'Local'])('the time zone %s is unknown', (zone) => {
  const make = () => new Schedule('0 0 * * *', zone);
  expect(make).toThrow(ScheduleError);
  expect(make).toThrow(/^spec\.timeZone ".*" is not in the IANA database: use a name such as /);
});

function timesOf(schedule: Schedule, from: string): number[] {
  const times: number[] = [];
  const end = Date.parse(from) + HORIZON;
  for (let at = schedule.next(Date.parse(from)); at !== undefined && at < end; at = schedule.next(at)) {
    if (times.length === MOST) break;
    times.push(at / 60_000);
  }
  return times;
}

function digest(minutes: readonly number[]): string {
  return `${minutes.length}:${createHash('sha256').update(minutes.join(',')).digest('hex').slice(0, 10)}`;
}
