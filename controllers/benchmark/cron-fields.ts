import { ScheduleError } from './schedule-error.ts';

/** What the five fields of a schedule name. Days of the week count from Sunday, which is 0. */
export type CronFields = {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  /** From 1. */
  months: ReadonlySet<number>;
  daysOfWeek: ReadonlySet<number>;
  /** Whether a day must match both kinds of days, since one of them is not restricted; else one of them is enough. */
  mustMatchBoth: boolean;
};

/**
 * Reads a schedule as CronJob does: by the rules of github.com/robfig/cron v3 (parser.go), from which libraries for
 * JavaScript differ in lists with a star, in steps from a day of the week, and in which days must match. What that takes
 * for a schedule although it is a slip of the pen (`1,,2`, `*-5`, `+5`) is refused, and so is `@every`, which does not
 * tell times but drifts with the moment of the first run.
 * @throws ScheduleError
 */
export function parseFields(text: string): CronFields {
  const texts = (MACROS[text.trim()] ?? text).trim().split(/\s+/);
  if (texts.length !== FIELDS.length) {
    const macros = Object.keys(MACROS).join(', ');
    throw invalid(text, `there must be five fields, or one of ${macros}`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = FIELDS.map((field, i) =>
    parseField(text, texts[i] ?? '', field),
  );
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek) throw new Error('A schedule has five fields.');
  const mustMatchBoth = dayOfMonth.isAny || dayOfWeek.isAny;
  if (mustMatchBoth && !isDate(dayOfMonth.values, month.values)) {
    throw invalid(text, `no month of "${texts[3]}" has a day "${texts[2]}", so it would never be due`);
  }
  return {
    minutes: minute.values,
    hours: hour.values,
    daysOfMonth: dayOfMonth.values,
    months: month.values,
    daysOfWeek: dayOfWeek.values,
    mustMatchBoth,
  };
}

type Field = { name: string; least: number; most: number; words?: readonly string[] };

const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { name: 'day of week', least: 0, most: 6, words: 'sun mon tue wed thu fri sat'.split(' ') },
];

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A star, a value or a range; and a step, with which a value stands for all from there on. */
const PART = /^(?:[*?]|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/;

function parseField(schedule: string, text: string, field: Field): { values: Set<number>; isAny: boolean } {
  const parts = text.split(',').map((part) => parsePart(schedule, part, field));
  return { values: new Set(parts.flatMap(({ values }) => values)), isAny: parts.some(({ isAny }) => isAny) };
}

function parsePart(schedule: string, text: string, field: Field): { values: number[]; isAny: boolean } {
  const wrong = (why: string) => invalid(schedule, `its ${field.name} "${text}" ${why}`);
  const match = PART.exec(text);
  if (match === null) throw wrong('is neither *, a value nor a range such as 1-5, with or without a step such as /2');
  const { from, to, step = '1' } = match.groups ?? {};
  const { least, most } = field;
  const first = from === undefined ? least : value(from, field);
  const last = to !== undefined ? value(to, field) : from === undefined || match.groups?.['step'] ? most : first;
  if (!(first >= least && last <= most)) throw wrong(`is not within ${bounds(field)}`);
  if (first > last) throw wrong('ends before it begins');
  if (Number(step) === 0) throw wrong('has a step of 0');
  const values: number[] = [];
  for (let next = first; next <= last; next += Number(step)) values.push(next);
  return { values, isAny: from === undefined && Number(step) === 1 };
}

/** NaN for what is no value. */
function value(text: string, { words, least }: Field): number {
  const place = words?.indexOf(text.toLowerCase()) ?? -1;
  if (place >= 0) return place + least;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function bounds({ least, most, words }: Field): string {
  return `${least}-${most}${words === undefined ? '' : ` (${words[0]}-${words.at(-1)})`}`;
}

function isDate(days: ReadonlySet<number>, months: ReadonlySet<number>): boolean {
  return [...months].some((month) => Math.min(...days) <= (LONGEST_MONTHS[month - 1] ?? 0));
}

function invalid(text: string, why: string): ScheduleError {
  const message = `spec.schedule "${text}" is not a schedule: ${why}. Write minute, hour, day of month, month and day of week, such as "30 2 * * 1-5".`;
  return new ScheduleError('InvalidSchedule', message);
}
