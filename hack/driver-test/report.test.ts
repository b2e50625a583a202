import { expect, test } from 'vitest';
import type { CheckResult } from '../../runners/conformance/check.ts';
import { checkLine, summaryLine } from './report.ts';

const passed: CheckResult = { form: 'stdio', name: 'info is answered', status: 'passed' };
const failed: CheckResult = {
  form: 'http',
  name: 'events',
  status: 'failed',
  message: 'line 3: no `id`\n{"event":"log"}',
};
const skipped: CheckResult = { form: 'stdio', name: 'a model', status: 'skipped', message: 'there is none' };

test('a check is a line, with what was wrong below it', () => {
  expect([passed, failed, skipped].map(checkLine)).toEqual([
    '✓ stdio info is answered',
    '✗ http  events\n          line 3: no `id`\n          {"event":"log"}',
    '- stdio a model (skipped: there is none)',
  ]);
  expect(summaryLine([passed, failed, skipped, passed])).toBe('\n2 passed, 1 failed, 1 skipped');
});
