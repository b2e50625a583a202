import type { QuestionCounts } from './counts.ts';

/** Changes are exact up to so many units for a whole pass rate, and rounded to them beyond. */
const MOST_UNITS = 2 ** 30;

/** How the pass rates of questions changed, new minus old; each question counts alike, whatever its trials. */
export type Changes = {
  /** Questions that both runs measured. */
  questions: number;
  /** Ratio; negative when the rate fell, NaN of no questions. */
  mean: number;
  /** The change of each in whole numbers of one unit, the common denominator of all rates, so that ties are ties. */
  units: number[];
  /** By how many units a sum of them may be off. */
  slack: number;
};

export function changesOf(questions: readonly { before: QuestionCounts; now: QuestionCounts }[]): Changes {
  const both = questions.filter(({ before, now }) => before.n > 0 && now.n > 0);
  const common = both.reduce((unit, { before, now }) => commonMultiple(commonMultiple(unit, before.n), now.n), 1);
  const unit = Math.min(common, MOST_UNITS);
  const units = both.map(({ before, now }) => Math.round((now.passed / now.n - before.passed / before.n) * unit));
  const sum = units.reduce((total, one) => total + one, 0);
  return { questions: both.length, mean: sum / unit / both.length, units, slack: common > unit ? both.length : 0 };
}

/** The least one; Infinity when it is of no use any more. */
function commonMultiple(left: number, right: number): number {
  return left > MOST_UNITS ? Number.POSITIVE_INFINITY : (left / commonDivisor(left, right)) * right;
}

function commonDivisor(left: number, right: number): number {
  return right === 0 ? left : commonDivisor(right, left % right);
}
