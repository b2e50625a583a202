import { CASE, CASES_IN_N } from '../cases.ts';

/** The trials of one question in two runs, a character each, see `CASE`. */
export type PairedTrials = { before: string; now: string };

/** How the pass rates of questions changed, new minus old; each question counts alike, whatever its trials. */
export type Changes = {
  /** Questions that both runs measured. */
  questions: number;
  /** Ratio; negative when the rate fell, NaN of no questions. */
  mean: number;
  /**
   * The change of each in whole numbers of one unit, so that ties are ties. They are of as many trials of the one run as of
   * the other, the first ones: so what is no change falls as often as it rises. A rate of 1 trial beside one of 10 may
   * mostly rise by little and seldom fall by much, which a test by signs takes for a fall three times too often.
   */
  units: number[];
  /** By how many units a sum of them may be off. */
  slack: number;
};

/** Changes are exact up to so many units for a whole pass rate, and rounded to them beyond. */
const MOST_UNITS = 2 ** 30;

export function changesOf(questions: readonly PairedTrials[]): Changes {
  const both = questions
    .map(({ before, now }) => ({ before: measured(before), now: measured(now) }))
    .filter(({ before, now }) => before.length > 0 && now.length > 0);
  const rise = both.reduce((sum, { before, now }) => sum + share(now) - share(before), 0);
  const matched = both.map(({ before, now }) => {
    const trials = Math.min(before.length, now.length);
    return { trials, change: passed(now.slice(0, trials)) - passed(before.slice(0, trials)) };
  });
  const common = matched.reduce((multiple, { trials }) => commonMultiple(multiple, trials), 1);
  const unit = Math.min(common, MOST_UNITS);
  return {
    questions: both.length,
    mean: rise / both.length,
    units: matched.map(({ trials, change }) => Math.round((change * unit) / trials)),
    slack: common > unit ? both.length : 0,
  };
}

function measured(trials: string): string {
  return [...trials].filter((one) => CASES_IN_N.includes(one)).join('');
}

function passed(trials: string): number {
  return trials.split(CASE.Passed).length - 1;
}

function share(trials: string): number {
  return passed(trials) / trials.length;
}

/** The least one; Infinity when it is of no use any more. */
function commonMultiple(left: number, right: number): number {
  return left > MOST_UNITS ? Number.POSITIVE_INFINITY : (left / commonDivisor(left, right)) * right;
}

function commonDivisor(left: number, right: number): number {
  return right === 0 ? left : commonDivisor(right, left % right);
}
