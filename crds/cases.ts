import type { Outcome } from './names.ts';

/**
 * A case is one question, asked in one cell (agent x model), in one trial. `status.cells[].cases` of a RuneRun has one
 * character for each case of the cell: the questions in the order of `status.questions`, the trials of a question side
 * by side. What the characters mean is part of the API: runs are compared by them after their jobs are gone.
 */
export const CASE = {
  Passed: 'P',
  Failed: 'F',
  Answered: 'A',
  AgentError: 'E',
  AgentTimeout: 'T',
  BackendError: 'B',
  Throttled: 'R',
  InfraError: 'I',
  ScorerError: 'S',
  BudgetExceeded: '$',
  Cancelled: 'C',
  Stopped: 'X',
} as const satisfies Record<Outcome, string>;

/** The RuneJob was deleted before its outcome was counted, or after: its measurement is gone. It is never made again. */
export const CASE_DELETED = '-';
/** The RuneJob is there and has not finished. */
export const CASE_OPEN = 'o';
/** No RuneJob has been made. */
export const CASE_NOT_MADE = '.';

/** Cases that count in n: those that passed, and those that did not by the agent's doing. */
export const CASES_IN_N = 'PFET';
/**
 * Cases whose agent was, or may have been, asked, and that have no measurement all the same. They may not be missing at
 * random, such as those of an agent that is throttled for its own many calls.
 */
export const CASES_DROPPED = 'BRIS$-';

/** Where a case stands: from 0. `question` is its place in `status.questions`. */
export type Case = { cell: number; question: number; trial: number };

/** How many questions and trials each cell of a run has. */
export type Shape = { cells: number; questions: number; trials: number };

/** The case's number in the whole run, from 0, which its RuneJob's name ends with. */
export function caseIndex({ cell, question, trial }: Case, shape: Shape): number {
  return (cell * shape.questions + question) * shape.trials + trial;
}

export function caseAt(index: number, { questions, trials }: Shape): Case {
  const perCell = questions * trials;
  const inCell = index % perCell;
  return { cell: Math.floor(index / perCell), question: Math.floor(inCell / trials), trial: inCell % trials };
}

/** The RuneJob of a case; at most 58 characters for a run's name of 52. */
export function jobName(run: string, index: number): string {
  return `${run}-${index}`;
}
