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
 * How many independent trials tell as much as these, of which those of one question are alike. With one trial a
 * question it is their number. Otherwise n / deff, where deff is the variance of the rate, estimated between questions
 * (as that of a ratio), over that of independent trials. Where all passed or none, nothing tells how alike they are:
 * then each question counts as one trial. Sources: L. Kish, "Survey Sampling", 1965, section 8.2; C. Franco, R. Little,
 * T. Louis, E. Slud, "Comparative study of confidence intervals for proportions in complex sample surveys", Journal of
 * Survey Statistics and Methodology 7 (2019).
 */
export function effectiveTrials(questions: readonly QuestionCounts[]): number {
  const asked = questions.filter(({ n }) => n > 0);
  const { n, passed } = total(asked);
  const clusters = asked.length;
  if (clusters === n) return n;
  const rate = passed / n;
  if (passed === 0 || passed === n || clusters === 1) return clusters;
  const squares = asked.reduce((sum, one) => sum + (one.passed - rate * one.n) ** 2, 0);
  const variance = (squares * clusters) / (clusters - 1) / (n * n);
  // Trials that differ more within questions than between them are no better than independent ones.
  return variance === 0 ? n : Math.min(n, (rate * (1 - rate)) / variance);
}
