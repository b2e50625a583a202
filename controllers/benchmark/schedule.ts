import { CronExpressionParser } from 'cron-parser';
import { IANAZone } from 'luxon';

/** What makes a schedule unusable, in one word and a sentence. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly reason: 'InvalidSchedule' | 'UnknownTimeZone';

  constructor(reason: ScheduleError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

type Fields = {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  months: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  daysOfWeek: ReadonlySet<number>;
  /** With a restriction on only one kind of day, that one decides; with one on both, either. */
  isAnyDayOfMonth: boolean;
  isAnyDayOfWeek: boolean;
};

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
/** A date that does not come in so long, such as February 30, never comes. */
const LONGEST_WAIT = 5 * 366 * DAY_MINUTES * MINUTE;

/**
 * Times by the syntax of CronJob, and as its controller reads it: a minute is due when the clock on the wall of the time
 * zone shows a time that the schedule names. So what falls into the hour that is left out in spring is not run that day,
 * and what falls into the hour that comes twice in autumn is run twice. Times are milliseconds since the epoch.
 */
export class Schedule {
  readonly #fields: Fields;
  readonly #zone: IANAZone;
  #quarter = { at: Number.NaN, offset: 0 };

  /** @throws ScheduleError */
  constructor(text: string, timeZone: string) {
    this.#fields = parse(text);
    this.#zone = IANAZone.create(timeZone);
    if (!IANAZone.isValidZone(timeZone)) {
      const message = `spec.timeZone "${timeZone}" is not in the IANA database: use a name such as Europe/Berlin, or Etc/UTC.`;
      throw new ScheduleError('UnknownTimeZone', message);
    }
  }

  /** The first time after `time`; undefined when there is none within five years. */
  next(time: number): number | undefined {
    const end = time + LONGEST_WAIT;
    for (let at = (Math.floor(time / MINUTE) + 1) * MINUTE; at < end; ) {
      const skip = this.#minutesToSkip(at);
      if (skip === 0) return at;
      at += skip * MINUTE;
    }
    return undefined;
  }

  /** 0 for a time that is due; else how far no time can be due. */
  #minutesToSkip(time: number): number {
    const wall = new Date(time + this.#offset(time) * MINUTE);
    const [hour, minute] = [wall.getUTCHours(), wall.getUTCMinutes()];
    if (!this.#isDay(wall)) {
      // Up to the day's last two hours at once: clocks change by less than that, and never past what they skip.
      const left = DAY_MINUTES - (hour * 60 + minute);
      return left > 120 ? left - 120 : Math.min(left, 60 - minute);
    }
    if (!this.#fields.hours.has(hour)) return 60 - minute;
    return this.#fields.minutes.has(minute) ? 0 : 1;
  }

  /** In minutes. Clocks change at quarters of an hour, and to look it up takes longer than all else. */
  #offset(time: number): number {
    const quarter = Math.floor(time / (15 * MINUTE));
    if (this.#quarter.at !== quarter) this.#quarter = { at: quarter, offset: this.#zone.offset(time) };
    return this.#quarter.offset;
  }

  #isDay(wall: Date): boolean {
    const { months, daysOfMonth, daysOfWeek, isAnyDayOfMonth, isAnyDayOfWeek } = this.#fields;
    if (!months.has(wall.getUTCMonth() + 1)) return false;
    const isOfMonth = daysOfMonth.has(wall.getUTCDate());
    const isOfWeek = daysOfWeek.has(wall.getUTCDay());
    return isAnyDayOfMonth || isAnyDayOfWeek ? isOfMonth && isOfWeek : isOfMonth || isOfWeek;
  }
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What CronJob takes: numbers, names, lists, ranges and steps. The library knows more, which others would not. */
const FIELD = /^(\*|\?|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/[0-9]+)?$/;
const NAME = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat|[0-9]+)$/i;

function parse(text: string): Fields {
  const expression = MACROS[text.trim()] ?? text.trim();
  const texts = expression.split(/\s+/);
  const isKnown = texts.every((field) => field.split(',').every((part) => FIELD.test(part) && hasKnownNames(part)));
  if (texts.length !== 5 || !isKnown) throw invalid(text);
  try {
    const { fields } = CronExpressionParser.parse(expression);
    const numbers = (field: { values: readonly (number | string)[] }) => new Set(field.values.map(Number));
    const [, , dayOfMonth = '', , dayOfWeek = ''] = texts;
    return {
      minutes: numbers(fields.minute),
      hours: numbers(fields.hour),
      months: numbers(fields.month),
      daysOfMonth: numbers(fields.dayOfMonth),
      // 7 is Sunday, too.
      daysOfWeek: new Set([...numbers(fields.dayOfWeek)].map((day) => day % 7)),
      isAnyDayOfMonth: isAny(dayOfMonth),
      isAnyDayOfWeek: isAny(dayOfWeek),
    };
  } catch {
    throw invalid(text);
  }
}

function hasKnownNames(part: string): boolean {
  const [range = ''] = part.split('/');
  return range === '*' || range === '?' || range.split('-').every((end) => NAME.test(end));
}

function isAny(field: string): boolean {
  return field.split(',').some((part) => part === '*' || part === '?');
}

function invalid(text: string): ScheduleError {
  const message = `spec.schedule "${text}" is not a schedule: write minute, hour, day of month, month and day of week, such as "30 2 * * 1-5", or one of ${Object.keys(MACROS).join(', ')}.`;
  return new ScheduleError('InvalidSchedule', message);
}
