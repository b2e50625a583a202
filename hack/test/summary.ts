import type { SuiteResult } from './result.ts';

const SLOWEST = 10;
const NAME_WIDTH = 54;

/** What stands at the end of a test run: the slowest tests, what failed, a table of the suites, and the closing line. */
export function summary(results: readonly SuiteResult[]): string {
  return [...slowest(results), ...failures(results), ...table(results), '', closingLine(results)].join('\n');
}

/** `N passed, N failed, N skipped`, summed over all suites. */
export function closingLine(results: readonly SuiteResult[]): string {
  const { passed, failed, skipped } = total(results);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export function total(results: readonly SuiteResult[]): { passed: number; failed: number; skipped: number } {
  const sum = (field: 'passed' | 'failed' | 'skipped') => results.reduce((count, result) => count + result[field], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

function slowest(results: readonly SuiteResult[]): string[] {
  const tests = results.flatMap((result) => result.tests).sort((a, b) => b.seconds - a.seconds);
  if (tests.length === 0) return [];
  const lines = tests.slice(0, SLOWEST).map(({ suite, name, seconds }) => {
    return `${seconds.toFixed(1).padStart(7)} s  ${suite}: ${shorten(name)}`;
  });
  return ['', `Slowest ${lines.length} tests`, ...lines];
}

function failures(results: readonly SuiteResult[]): string[] {
  const lines = results.flatMap(({ name, failures: failed }) => failed.map((failure) => `  ✗ ${name}: ${failure}`));
  return lines.length === 0 ? [] : ['', 'Failed', ...lines];
}

function table(results: readonly SuiteResult[]): string[] {
  const row = (name: string, ...cells: string[]) =>
    `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join('')}`;
  return [
    '',
    row('Suite', 'passed', 'failed', 'skipped', 'time'),
    ...results.map(({ name, passed, failed, skipped, seconds }) =>
      row(name, `${passed}`, `${failed}`, `${skipped}`, `${seconds.toFixed(1)} s`),
    ),
  ];
}

function shorten(name: string): string {
  return name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 1)}…`;
}
