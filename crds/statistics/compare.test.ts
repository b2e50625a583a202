import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ComparableRun, compareRuns } from './compare.ts';
import { countsByQuestion, total } from './counts.ts';
import { type Judged, judgeCriteria } from './criteria.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const questions = ids.map((id) => ({ id, sha256: `sha-${id}` }));
const runOf = (cases: string, more: Partial<ComparableRun> = {}): ComparableRun => ({
  name: 'first',
  trials: 2,
  questions,
  cells: [{ agent: 'plain', model: 'small', cases }],
  ...more,
});
const good = 'PPPPPPPPPPPP';

test('a fall of all questions is one, and the message says how deep', () => {
  const { status, regressed } = compareRuns(runOf(good), runOf('FFFFFFFFFFFF'));
  expect(regressed).toMatchObject({ status: 'True', reason: 'PassRateFell' });
  expect(regressed.message).toBe(
    'The pass rate of plain/small fell by 100 points on 6 questions against RuneRun "first" (p = 0.0156). Look at what changed between the two runs.',
  );
  expect(status).toEqual({
    baseline: 'first',
    cells: [{ cell: 0, questions: 6, differencePermille: -1000, pValue: '0.0156', regressed: true, missing: 0 }],
  });
});

test.each<[string, ComparableRun, ComparableRun, string]>([
  ['the same', runOf(good), runOf(good), 'False NoSignificantFall'],
  ['better', runOf('PPPPPPFFFFFF'), runOf(good), 'False NoSignificantFall'],
  ['a fall of two questions', runOf(good), runOf('FFFFPPPPPPPP'), 'False NoSignificantFall'],
  [
    'another agent',
    runOf(good),
    runOf(good, { cells: [{ agent: 'other', model: 'small', cases: good }] }),
    'Unknown NoCommonQuestions',
  ],
  [
    'other questions',
    runOf(good),
    runOf(good, { questions: ids.map((id) => ({ id, sha256: 'new' })) }),
    'Unknown NoCommonQuestions',
  ],
  ['too few questions', runOf(good), runOf('PPPPPPPP....'), 'Unknown TooFewQuestions'],
  ['too few questions of one cell', twoCells(good, good), twoCells(good, 'PPPPPPPP....'), 'Unknown TooFewQuestions'],
  [
    'one cell not measured by the baseline',
    twoCells(good, '.'.repeat(12)),
    twoCells(good, good),
    'Unknown TooFewQuestions',
  ],
  ['one cell dropped out', twoCells(good, good), twoCells(good, 'R'.repeat(12)), 'Unknown TooManyDropped'],
  [
    'what fell dropped out',
    runOf(good.repeat(2), twice()),
    runOf(`${good}RRRRRRRRRRRR`, twice()),
    'Unknown TooManyDropped',
  ],
])('%s', (_name, before, now, verdict) => {
  const { regressed } = compareRuns(before, now);
  expect(`${regressed.status} ${regressed.reason}`).toBe(verdict);
  expect(regressed.message).toMatch(/^[A-Z0-9].*\.$/);
});

test('nobody gets a False by dropping out that failing would not have got', () => {
  const cases = (...outcomes: string[]) =>
    fc.array(fc.constantFrom(...outcomes), { minLength: 24, maxLength: 24 }).map((some) => some.join(''));
  const [before, now] = [cases('P', 'P', 'P', 'F'), cases('P', 'F', 'F', 'R', 'R', 'I')];
  const judge = (old: string, some: string) => compareRuns(runOf(old, twice()), runOf(some, twice())).regressed.status;
  fc.assert(
    fc.property(before, now, (old, some) => {
      const failed = some.replaceAll(/[RI]/g, 'F');
      if (judge(old, failed) === 'True') expect(judge(old, some)).not.toBe('False');
    }),
    { numRuns: 500 },
  );
});

test('runs with different numbers of trials are compared by rates', () => {
  const more = runOf('FPFFFPFFFFFFFFFPFF', { trials: 3 });
  expect(compareRuns(runOf(good), more).regressed.status).toBe('True');
});

test('one of many cells must fall by more', () => {
  const cells = (last: string) =>
    [...Array(8).keys()].map((place) => ({ agent: `a${place}`, model: 'm', cases: place === 7 ? last : good }));
  const { regressed } = compareRuns(runOf(good, { cells: cells(good) }), runOf(good, { cells: cells('F'.repeat(12)) }));
  expect(regressed).toMatchObject({ status: 'Unknown', reason: 'TooFewQuestions' });
});

test('critical questions that newly fail, and questions that are missing, are named', () => {
  const critical = questions.map((one) => ({ ...one, critical: one.id === 'b' }));
  const now = runOf('PPFFPPPPPPII', { questions: critical });
  expect(compareRuns(runOf(good), now).status).toMatchObject({
    newlyFailing: ['plain/small/b'],
    missing: ['plain/small/f'],
    cells: [{ questions: 5, missing: 1 }],
  });
});

test('a question that was removed is missing; one that was changed is another one', () => {
  const changed = questions.slice(0, 5).map((one) => (one.id === 'a' ? { id: 'a', sha256: 'new' } : one));
  expect(compareRuns(runOf(good), runOf('PPPPPPPPPP', { questions: changed })).status).toMatchObject({
    missing: ['plain/small/f'],
    cells: [{ questions: 4 }],
  });
});

describe('criteria', () => {
  const cell = {
    agent: 'plain',
    model: 'small',
    jobs: 12,
    measured: 12,
    passed: 10,
    unmeasured: 0,
    cases: 'PPPPPPPPPPFF',
  };
  const latency = { p50Milliseconds: 900, p95Milliseconds: 2500 };
  const judged = (more: Partial<Judged>): Judged => ({
    criteria: { maxUnmeasuredPermille: 0 },
    trials: 2,
    questions: ids.map((id) => ({ id })),
    cells: [{ ...cell, latency }],
    costMicroUSD: 1_000_000,
    notWhole: undefined,
    newlyFailing: [],
    ...more,
  });
  const asks = (criteria: Partial<NonNullable<Judged['criteria']>>) => ({ maxUnmeasuredPermille: 0, ...criteria });

  test.each<[string, Partial<Judged>, string]>([
    ['nothing asked', { criteria: undefined }, 'True NoCriteria'],
    ['pass rate reached', { criteria: asks({ minPassPermille: 833 }) }, 'True AllMet'],
    ['pass rate not reached', { criteria: asks({ minPassPermille: 834 }) }, 'False PassRateTooLow'],
    ['fast enough', { criteria: asks({ maxP95LatencySeconds: 3 }) }, 'True AllMet'],
    ['too slow', { criteria: asks({ maxP95LatencySeconds: 2 }) }, 'False LatencyTooHigh'],
    ['no latency', { criteria: asks({ maxP95LatencySeconds: 3 }), cells: [cell] }, 'False Incomplete'],
    ['cheap enough', { criteria: asks({ maxCostUSD: '1.00' }) }, 'True AllMet'],
    ['too dear', { criteria: asks({ maxCostUSD: '0.99' }) }, 'False CostTooHigh'],
    ['unknown cost', { criteria: asks({ maxCostUSD: '1' }), costMicroUSD: undefined }, 'False CostUnknown'],
    [
      'a case without measurement',
      { cells: [{ ...cell, measured: 11, unmeasured: 1, cases: 'PPPPPPPPPPFI' }] },
      'False Incomplete',
    ],
    [
      'one that may be missing',
      { criteria: asks({ maxUnmeasuredPermille: 90 }), cells: [{ ...cell, unmeasured: 1 }] },
      'True AllMet',
    ],
    [
      'enough of what was measured, but not with what dropped out as failed',
      {
        criteria: asks({ minPassPermille: 800, maxUnmeasuredPermille: 300 }),
        cells: [{ ...cell, measured: 10, passed: 9, unmeasured: 2, cases: 'PPPPPPPPPFRR' }],
      },
      'False TooManyDropped',
    ],
    [
      'enough even so',
      {
        criteria: asks({ minPassPermille: 750, maxUnmeasuredPermille: 300 }),
        cells: [{ ...cell, measured: 10, passed: 9, unmeasured: 2, cases: 'PPPPPPPPPFRR' }],
      },
      'True AllMet',
    ],
    [
      'fast, but for those that timed out',
      { criteria: asks({ maxP95LatencySeconds: 3 }), cells: [{ ...cell, latency, cases: 'PPPPPPPPPPFT' }] },
      'False LatencyTooHigh',
    ],
    [
      'fast, but for those that dropped out',
      {
        criteria: asks({ maxP95LatencySeconds: 3, maxUnmeasuredPermille: 300 }),
        cells: [{ ...cell, latency, measured: 11, unmeasured: 1, cases: 'PPPPPPPPPPFR' }],
      },
      'False TooManyDropped',
    ],
    [
      'nothing scored',
      { criteria: asks({ minPassPermille: 1 }), cells: [{ ...cell, measured: 0, passed: 0 }] },
      'False Incomplete',
    ],
    ['cut short', { notWhole: 'It was cancelled.' }, 'False RunFailed'],
    [
      'a critical question fails',
      { criteria: undefined, questions: ids.map((id) => ({ id, critical: id === 'f' })) },
      'False CriticalQuestionFailed',
    ],
    [
      'a critical question passes once',
      {
        criteria: undefined,
        questions: ids.map((id) => ({ id, critical: true })),
        cells: [{ ...cell, cases: 'PPPPPPPPPPPF' }],
      },
      'True AllMet',
    ],
    [
      'a critical question was not measured',
      {
        criteria: undefined,
        questions: ids.map((id) => ({ id, critical: id === 'f' })),
        cells: [{ ...cell, cases: 'PPPPPPPPPPII' }],
      },
      'False Incomplete',
    ],
  ])('%s', (_name, more, verdict) => {
    const { status, reason, message } = judgeCriteria(judged(more));
    expect(`${status} ${reason}`).toBe(verdict);
    expect(message).toMatch(/^[A-Z0-9].*\.$/);
  });

  test('nobody meets them by dropping out where it would have failed', () => {
    const cases = fc.array(fc.constantFrom('P', 'P', 'P', 'P', 'F', 'T', 'I'), { minLength: 12, maxLength: 12 });
    const drops = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
    const least = fc.constantFrom(500, 700, 900);
    const unmeasured = fc.constantFrom(0, 100, 500);
    fc.assert(
      fc.property(cases, drops, least, unmeasured, (some, dropped, minPassPermille, maxUnmeasuredPermille) => {
        const criteria = { minPassPermille, maxUnmeasuredPermille, maxP95LatencySeconds: 3 };
        const questions = ids.map((id) => ({ id, critical: id === 'f' }));
        const judge = (outcomes: readonly string[]) =>
          judgeCriteria(judged({ criteria, questions, cells: [{ ...cellOf(outcomes.join('')), latency }] })).status;
        const without = some.map((one, place) => (dropped[place] && one !== 'P' ? 'R' : one));
        if (judge(some) === 'False') expect(judge(without)).toBe('False');
      }),
      { numRuns: 500 },
    );
  });

  function cellOf(cases: string): Judged['cells'][number] {
    const { n, passed } = total(countsByQuestion(cases, 2));
    return { ...cell, measured: n, passed, unmeasured: cases.length - n, cases };
  }

  test('a critical question that passed in the baseline is called so', () => {
    const critical = { questions: ids.map((id) => ({ id, critical: id === 'f' })), newlyFailing: ['plain/small/f'] };
    expect(judgeCriteria(judged(critical)).message).toContain('It passed in the baseline.');
  });

  test('of many misses the first three are told', () => {
    const cells = [...Array(5).keys()].map(() => ({ ...cell, latency }));
    const { message } = judgeCriteria(judged({ criteria: asks({ minPassPermille: 1000 }), cells }));
    expect(message.match(/below minPassPermille/g)).toHaveLength(3);
    expect(message).toContain('2 more criteria are not met.');
  });
});

function twice(): Partial<ComparableRun> {
  return { questions: [...ids, ...ids.map((id) => `${id}2`)].map((id) => ({ id, sha256: id })) };
}

function twoCells(first: string, second: string): ComparableRun {
  const cells = [first, second].map((cases, place) => ({ agent: `a${place}`, model: 'm', cases }));
  return runOf(first, { cells });
}
