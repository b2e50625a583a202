import { expect, test } from 'vitest';
import type { SuiteResult } from './result.ts';
import { selectSuites } from './suites.ts';
import { closingLine, summary } from './summary.ts';

const lint: SuiteResult = { name: 'lint', passed: 1, failed: 0, skipped: 0, seconds: 4.21, tests: [], failures: [] };
const unit: SuiteResult = {
  name: 'unit',
  passed: 12,
  failed: 1,
  skipped: 2,
  seconds: 12.5,
  tests: Array.from({ length: 12 }, (_, index) => ({ suite: 'unit', name: `test ${index}`, seconds: index })),
  failures: ['a.test.ts: test 3'],
};

test('the last line sums all suites', () => {
  expect(closingLine([lint, unit])).toBe('13 passed, 1 failed, 2 skipped');
  expect(summary([lint, unit]).split('\n').at(-1)).toBe('13 passed, 1 failed, 2 skipped');
  expect(closingLine([])).toBe('0 passed, 0 failed, 0 skipped');
});

test('the ten slowest tests are named, slowest first', () => {
  const lines = summary([lint, unit]).split('\n');
  const from = lines.indexOf('Slowest 10 tests');
  expect(lines.slice(from + 1, from + 12)).toEqual([
    '   11.0 s  unit: test 11',
    ...[10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => `${n.toFixed(1).padStart(7)} s  unit: test ${n}`),
    '',
  ]);
});

test('each suite has a row and each failure a line, within 80 columns', () => {
  const text = summary([lint, { ...unit, tests: [{ suite: 'unit', name: 'x'.repeat(200), seconds: 1 }] }]);
  expect(text).toContain('  ✗ unit: a.test.ts: test 3');
  expect(text).toContain('  lint                 1         0         0     4.2 s');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('suites are chosen by name, in their usual order', () => {
  expect(selectSuites([]).map(({ name }) => name)).toEqual(['lint', 'types', 'unit', 'integration', 'e2e']);
  expect(selectSuites(['unit', 'lint']).map(({ name }) => name)).toEqual(['lint', 'unit']);
  expect(() => selectSuites(['units'])).toThrow('no suite "units"; there are: lint, types, unit, integration, e2e');
});
