import type { CheckResult } from '../../runners/conformance/check.ts';

const MARK = { passed: '✓', failed: '✗', skipped: '-' } as const;

/** A check as a line, and what was wrong below it. */
export function checkLine({ form, name, status, message }: CheckResult): string {
  const line = `${MARK[status]} ${form.padEnd(5)} ${name}`;
  if (message === undefined) return line;
  return status === 'skipped' ? `${line} (skipped: ${message})` : `${line}\n${message.replace(/^/gm, '          ')}`;
}

/** The last line: how many there were of each. */
export function summaryLine(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return `\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}
