import { expect, test } from 'vitest';
import type { Condition } from '../../crds/conditions.ts';
import type { RuneRun } from '../../crds/types.ts';
import { stories } from './stories.ts';

type Said = [type: string, status: Condition['status'], reason: string];

function statusOf(said: readonly Said[], completionTime?: string): NonNullable<RuneRun['status']> {
  const conditions = said.map(([type, status, reason]) => ({
    ...{ type, status, reason, message: `${type} is ${status}.`, lastTransitionTime: '' },
  }));
  return { observedGeneration: 1, conditions, ...(completionTime === undefined ? {} : { completionTime }) };
}

const finished = (reason: string, ...more: Said[]) =>
  statusOf([['Started', 'True', 'Frozen'], ['Finished', 'True', reason], ...more], '2026-01-01T00:00:00Z');
const waiting = (reason: string) => statusOf([['Started', 'False', reason]]);
const started = statusOf([['Started', 'True', 'Frozen']]);

test.each<[string, RuneRun['status'], NonNullable<RuneRun['status']>, string[]]>([
  ['waits', undefined, waiting('SuiteNotFound'), ['Warning SuiteNotFound']],
  ['waits for the same', waiting('SuiteNotFound'), waiting('SuiteNotFound'), []],
  ['waits for something else', waiting('SuiteNotFound'), waiting('AgentNotFound'), ['Warning AgentNotFound']],
  ['is suspended', undefined, waiting('Suspended'), ['Normal Suspended']],
  ['starts', waiting('SuiteNotFound'), started, ['Normal Started']],
  ['goes on', started, started, []],
  ['is complete', started, finished('Complete'), ['Normal Complete']],
  ['is partly measured', started, finished('PartlyMeasured'), ['Normal PartlyMeasured']],
  ['measured nothing', started, finished('Unmeasured'), ['Warning Unmeasured']],
  [
    'is worse than before',
    started,
    finished('Complete', ['Regressed', 'True', 'PassRateFell'], ['CriteriaMet', 'True', 'AllMet']),
    ['Normal Complete', 'Warning Regressed'],
  ],
  [
    'is not good enough',
    started,
    finished('Complete', ['CriteriaMet', 'False', 'PassRateTooLow']),
    ['Normal Complete', 'Warning CriteriaNotMet'],
  ],
  [
    'was cut short',
    started,
    finished('BudgetExceeded', ['CriteriaMet', 'False', 'RunFailed']),
    ['Warning BudgetExceeded'],
  ],
  [
    'never started',
    waiting('SuiteNotFound'),
    statusOf(
      [
        ['Started', 'False', 'StartDeadlineExceeded'],
        ['Finished', 'True', 'NotStarted'],
        ['CriteriaMet', 'False', 'NotStarted'],
      ],
      '2026-01-01T00:00:00Z',
    ),
    ['Warning NotStarted'],
  ],
  ['had finished before', finished('Complete'), finished('Complete'), []],
])('a run that %s', (_name, before, after, expected) => {
  const run = { metadata: {}, ...(before === undefined ? {} : { status: before }) } as RuneRun;
  const told = stories(run, after);
  expect(told.map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
});
