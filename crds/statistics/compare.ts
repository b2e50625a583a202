import { CASE, CASES_DROPPED } from '../cases.ts';
import type { RuneRun } from '../types.ts';
import { type Changes, changesOf, type PairedTrials } from './changes.ts';
import { countsOf } from './counts.ts';
import { holm } from './holm.ts';
import { signFlip } from './sign-flip.ts';
import { type Steps, whole } from './steps.ts';

type RunStatus = NonNullable<RuneRun['status']>;
type ComparisonStatus = NonNullable<RunStatus['comparison']>;
type ComparedCell = NonNullable<ComparisonStatus['cells']>[number];

/** What of a finished run's status a comparison needs. */
export type ComparableRun = {
  name: string;
  trials: number;
  questions: readonly { id: string; sha256: string; critical?: boolean }[];
  cells: readonly { agent: string; model: string; cases: string }[];
};

export type Verdict = { status: 'True' | 'False' | 'Unknown'; reason: string; message: string };
export type Comparison = { status: ComparisonStatus; regressed: Verdict };

/** How often a run that is no worse than its baseline may be called worse. */
const ALPHA = 0.05;
const MOST_NAMED = 16;

/**
 * Whether `run` is worse than `baseline`. Cells are paired by agent and model, questions by id and content. In each cell
 * the changes of the questions' pass rates are tested by {@link signFlip}, against a fall alone, and the p-values of the
 * cells are adjusted by {@link holm}. Unknown where the questions of a cell are too few for any fall to be told from
 * chance, or where the answer hangs on trials that dropped out.
 */
export function compareRuns(baseline: ComparableRun, run: ComparableRun): Comparison {
  return whole(compareInSteps(baseline, run));
}

/** {@link compareRuns}, a step for each test of a cell. */
export function* compareInSteps(baseline: ComparableRun, run: ComparableRun): Steps<Comparison> {
  const pairs = pairCells(baseline, run);
  const cells = pairs.filter(({ changes }) => changes.questions > 0);
  const adjusted = yield* adjustedPValues(cells.map(({ changes }) => changes));
  const compared = cells.map((pair, place) => comparedCell(pair, adjusted[place] ?? 1));
  const status: ComparisonStatus = {
    baseline: baseline.name,
    cells: compared,
    ...named('newlyFailing', pairs.flatMap(newlyFailing)),
    ...named('missing', pairs.flatMap(missing)),
  };
  return { status, regressed: yield* verdict(baseline, pairs, compared) };
}

/** The changes of one cell that both runs have. */
type Pair = {
  cell: number;
  name: string;
  questions: PairedQuestion[];
  changes: Changes;
};
type PairedQuestion = PairedTrials & { id: string; critical: boolean };

function pairCells(baseline: ComparableRun, run: ComparableRun): Pair[] {
  const places = new Map(run.questions.map((question, place) => [question.id, { ...question, place }]));
  return run.cells.flatMap(({ agent, model, cases }, cell) => {
    const old = baseline.cells.find((one) => one.agent === agent && one.model === model);
    if (old === undefined) return [];
    const questions = baseline.questions.flatMap(({ id, sha256 }, place) => {
      const same = places.get(id);
      // A question with another content is another question, not a missing one.
      if (same !== undefined && same.sha256 !== sha256) return [];
      const before = trialsOf(old.cases, place, baseline.trials);
      const now = same === undefined ? '' : trialsOf(cases, same.place, run.trials);
      return [{ id, critical: same?.critical === true, before, now }];
    });
    return [{ cell, name: `${agent}/${model}`, questions, changes: changesOf(questions) }];
  });
}

function trialsOf(cases: string, question: number, trials: number): string {
  return cases.slice(question * trials, (question + 1) * trials);
}

function* adjustedPValues(cells: readonly Changes[]): Steps<number[]> {
  const pValues: number[] = [];
  for (const { units, slack } of cells) {
    pValues.push(signFlip(units, slack));
    yield;
  }
  return holm(pValues);
}

function comparedCell({ cell, changes, questions }: Pair, pValue: number): ComparedCell {
  return {
    cell,
    questions: changes.questions,
    differencePermille: Math.round(changes.mean * 1000),
    pValue: pValue.toPrecision(3),
    regressed: changes.mean < 0 && pValue <= ALPHA,
    missing: questions.filter(isMissing).length,
  };
}

function* verdict(baseline: ComparableRun, pairs: readonly Pair[], cells: ComparedCell[]): Steps<Verdict> {
  const fallen = cells.filter(({ regressed }) => regressed);
  if (fallen.length > 0) {
    const [worst] = fallen.toSorted((a, b) => (a.differencePermille ?? 0) - (b.differencePermille ?? 0));
    const others = fallen.length === 1 ? '' : ` ${fallen.length - 1} more of ${cells.length} cells fell, too.`;
    const name = pairs.find(({ cell }) => cell === worst?.cell)?.name ?? '';
    const fall = points(-(worst?.differencePermille ?? 0));
    const message = `The pass rate of ${name} fell by ${fall} on ${worst?.questions} questions against RuneRun "${baseline.name}" (p = ${worst?.pValue}).${others} Look at what changed between the two runs.`;
    return { status: 'True', reason: 'PassRateFell', message };
  }
  if (cells.length === 0) {
    const message = `No question was measured by both this run and RuneRun "${baseline.name}" in the same cell: name a baseline of the same agents, models and questions.`;
    return { status: 'Unknown', reason: 'NoCommonQuestions', message };
  }
  if (yield* fallsWithDropped(pairs)) {
    const message = `The measured trials show no fall against RuneRun "${baseline.name}", but they would if those that dropped out had failed: run again when the trouble that the outcomes name is over.`;
    return { status: 'Unknown', reason: 'TooManyDropped', message };
  }
  const enough = questionsNeeded(cells.length);
  const small = pairs.find(({ changes }) => changes.questions < enough);
  if (small !== undefined) {
    const message = `${small.changes.questions} common questions in ${small.name} are too few to tell any fall from chance in ${cells.length} cells: at least ${enough} are needed, measured by both this run and RuneRun "${baseline.name}".`;
    return { status: 'Unknown', reason: 'TooFewQuestions', message };
  }
  const message = `No cell's pass rate fell by more than chance explains against RuneRun "${baseline.name}".`;
  return { status: 'False', reason: 'NoSignificantFall', message };
}

/** If all fall, the p-value of q questions is 2^-q, times the number of cells. */
function questionsNeeded(cells: number): number {
  return Math.ceil(Math.log2(cells / ALPHA));
}

/** The same test, with what dropped out of this run counted as failed. */
function* fallsWithDropped(pairs: readonly Pair[]): Steps<boolean> {
  const completed = pairs.map(({ questions }) => questions.map(({ before, now }) => ({ before, now: asFailed(now) })));
  if (pairs.every(({ questions }) => questions.every(({ now }) => countsOf(now).dropped === 0))) return false;
  const changes = completed.map(changesOf).filter((one) => one.questions > 0);
  const pValues = yield* adjustedPValues(changes);
  return pValues.some((pValue) => pValue <= ALPHA);
}

function asFailed(trials: string): string {
  return [...trials].map((one) => (CASES_DROPPED.includes(one) ? CASE.Failed : one)).join('');
}

function newlyFailing({ name, questions }: Pair): string[] {
  const fails = questions.filter(({ critical, before, now }) => {
    if (!critical || !before.includes(CASE.Passed)) return false;
    const { n, passed } = countsOf(now);
    return n > 0 && passed === 0;
  });
  return fails.map(({ id }) => `${name}/${id}`);
}

function missing({ name, questions }: Pair): string[] {
  return questions.filter(isMissing).map(({ id }) => `${name}/${id}`);
}

function isMissing({ before, now }: PairedQuestion): boolean {
  return countsOf(before).n > 0 && countsOf(now).n === 0;
}

function named(list: 'newlyFailing' | 'missing', names: readonly string[]): Partial<ComparisonStatus> {
  return names.length === 0 ? {} : { [list]: names.slice(0, MOST_NAMED) };
}

function points(permille: number): string {
  return `${Number((permille / 10).toFixed(1))} points`;
}
