import { CASES_DROPPED, CASES_IN_N } from '../cases.ts';

/** What became of the trials of one question in one cell. */
export type QuestionCounts = {
  /** Trials that were measured. */
  n: number;
  /** Those of n that passed. */
  passed: number;
  /** Trials that ended without a measurement although the agent was, or may have been, asked. */
  dropped: number;
};

/** The counts of each question of a cell, in the order of its questions. `cases` as in `status.cells[].cases`. */
export function countsByQuestion(cases: string, trials: number): QuestionCounts[] {
  const questions = Math.ceil(cases.length / trials);
  return Array.from({ length: questions }, (_, question) =>
    countsOf(cases.slice(question * trials, (question + 1) * trials)),
  );
}

export function countsOf(cases: Iterable<string>): QuestionCounts {
  const counts: QuestionCounts = { n: 0, passed: 0, dropped: 0 };
  for (const one of cases) {
    if (CASES_IN_N.includes(one)) counts.n++;
    if (one === 'P') counts.passed++;
    if (CASES_DROPPED.includes(one)) counts.dropped++;
  }
  return counts;
}

/** All trials of the questions together. */
export function total(questions: readonly QuestionCounts[]): QuestionCounts {
  const sum: QuestionCounts = { n: 0, passed: 0, dropped: 0 };
  for (const { n, passed, dropped } of questions) {
    sum.n += n;
    sum.passed += passed;
    sum.dropped += dropped;
  }
  return sum;
}
