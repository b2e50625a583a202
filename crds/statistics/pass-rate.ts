import { type QuestionCounts, total } from './counts.ts';
import { type Interval, wilson } from './wilson.ts';

/** Ratios from 0 to 1. */
export type PassRate = { rate: number } & Interval;

/**
 * The pass rate of a cell with its 95 % interval; undefined when nothing was measured. What is estimated is the rate
 * over all questions of the kind that the suite's questions were drawn from.
 *
 * Dropped trials may have dropped out because they were going to fail, such as those of an agent that is throttled for
 * its own many calls. So the lower end counts them as failed and the upper end as passed: the interval covers whatever
 * they would have been. Source: C. F. Manski, "Partial identification of probability distributions", 2003, chapter 1.
 */
export function passRate(questions: readonly QuestionCounts[]): PassRate | undefined {
  const { n, passed } = total(questions);
  if (n === 0) return undefined;
  return { rate: passed / n, low: interval(questions, 0).low, high: interval(questions, 1).high };
}

/** The interval when each dropped trial counts as measured, with `pass` (0 or 1) passes. */
function interval(questions: readonly QuestionCounts[], pass: 0 | 1): Interval {
  const completed = questions.map(({ n, passed, dropped }) => ({
    n: n + dropped,
    passed: passed + pass * dropped,
    dropped: 0,
  }));
  const { n, passed } = total(completed);
  return wilson(passed / n, effectiveTrials(completed));
}

/**
 * How many independent trials tell as much as these, of which those of one question are alike: n / (1 + (size - 1) ·
 * correlation), between n and the number of questions; with one trial a question it is their number. Sources: L. Kish,
 * "Survey Sampling", 1965, sections 5.4 and 8.2 (the design effect); C. Franco, R. Little, T. Louis, E. Slud,
 * "Comparative study of confidence intervals for proportions in complex sample surveys", Journal of Survey Statistics
 * and Methodology 7 (2019) (Wilson's interval with it).
 *
 * The correlation that shows between questions is drawn towards 1, by less the more it rests on: where all passed or
 * none, nothing tells how alike trials are, and each question counts as one. docs/adr/0012 measures what that is worth.
 */
export function effectiveTrials(questions: readonly QuestionCounts[]): number {
  const asked = questions.filter(({ n }) => n > 0);
  const { n, passed } = total(asked);
  // The number of trials of a question, so that uneven ones have the same effect.
  const size = asked.reduce((sum, one) => sum + one.n ** 2, 0) / n;
  if (size === 1) return n;
  const rate = passed / n;
  const evidence = asked.length === 1 ? 0 : 4 * rate * (1 - rate) * asked.length;
  const shown = evidence === 0 ? 1 : Math.min(1, (designEffect(asked) - 1) / (size - 1));
  const correlation = (evidence * shown + PRIOR) / (evidence + PRIOR);
  return n / (1 + (size - 1) * Math.max(0, correlation));
}

/** As though a quarter of a question, of even chances, had shown that its trials all end alike. */
const PRIOR = 0.25;

/**
 * The variance of the pass rate, estimated between questions, over that of as many independent trials. Source:
 * W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 9A (of a ratio to the size of clusters).
 * @param questions at least two, some trials of which passed and some did not
 */
export function designEffect(questions: readonly QuestionCounts[]): number {
  const { n, passed } = total(questions);
  const rate = passed / n;
  const squares = questions.reduce((sum, one) => sum + (one.passed - rate * one.n) ** 2, 0);
  const variance = (squares * questions.length) / (questions.length - 1) / n ** 2;
  return variance / ((rate * (1 - rate)) / n);
}
