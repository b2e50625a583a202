import { expect, test } from 'vitest';
import { checkResult, type VitestReport, vitestResult } from './result.ts';

const ended = { name: 'unit', exitCode: 0, seconds: 2 };
const file = (status: string, ...tests: [name: string, status: string, milliseconds?: number][]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map(([fullName, state, duration = 0]) => ({ fullName, status: state, duration })),
});
const report = (...testResults: VitestReport['testResults']): VitestReport => ({ testResults });

test('a check is one test', () => {
  expect(checkResult({ name: 'lint', exitCode: 0, seconds: 3 })).toMatchObject({ passed: 1, failed: 0, failures: [] });
  expect(checkResult({ name: 'lint', exitCode: 2, seconds: 3 })).toMatchObject({
    passed: 0,
    failed: 1,
    failures: ['it ended with exit code 2'],
  });
  expect(checkResult({ name: 'lint', exitCode: null, seconds: 3 }).failures).toEqual(['a signal ended it']);
});

test('tests are counted and timed', () => {
  const files = [file('passed', ['one', 'passed', 1500], ['two', 'pending']), file('passed', ['three', 'todo'])];
  const result = vitestResult(ended, report(...files));
  expect(result).toMatchObject({ passed: 1, failed: 0, skipped: 2, seconds: 2, failures: [] });
  expect(result.tests[0]).toEqual({ suite: 'unit', name: 'one', seconds: 1.5 });
});

test.each<[string, number | null, VitestReport | undefined, Partial<ReturnType<typeof vitestResult>>]>([
  [
    'a failed test',
    1,
    report(file('failed', ['one', 'failed'], ['two', 'passed'])),
    { passed: 1, failed: 1, failures: ['a.test.ts: one'] },
  ],
  [
    'a file that cannot be loaded',
    1,
    report(file('passed', ['one', 'passed']), { ...file('failed'), message: 'Cannot find x.ts\nat y' }),
    { passed: 1, failed: 1, failures: ['a.test.ts: Cannot find x.ts'] },
  ],
  [
    'a file whose clean-up failed, with no failed test',
    1,
    report(file('failed', ['one', 'passed'])),
    { passed: 1, failed: 1, failures: ['a.test.ts: could not be run'] },
  ],
  [
    'no report, though the exit code says that all is well',
    0,
    undefined,
    { passed: 0, failed: 1, failures: ['no report was written; it ended with exit code 0'] },
  ],
  ['nothing executed', 0, report(), { passed: 0, failed: 1, failures: ['no test was executed'] }],
  [
    'all skipped',
    0,
    report(file('passed', ['one', 'pending'])),
    { passed: 0, failed: 1, skipped: 1, failures: ['no test was executed'] },
  ],
  [
    'an error outside of all tests',
    1,
    report(file('passed', ['one', 'passed'])),
    { passed: 1, failed: 1, failures: ['no test failed, but it ended with exit code 1'] },
  ],
  ['a suite that was killed', null, undefined, { failed: 1, failures: ['no report was written; a signal ended it'] }],
])('a failure: %s', (_, exitCode, read, expected) => {
  expect(vitestResult({ ...ended, exitCode }, read)).toMatchObject(expected);
});
