/** Runs the suites that are named, or all of them, one after the other; its last line is `N passed, N failed, N skipped`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteResult } from './result.ts';
import { runSuite } from './run-suite.ts';
import { selectSuites } from './suites.ts';
import { closingLine, summary, total } from './summary.ts';

try {
  const results: SuiteResult[] = [];
  const suites = selectSuites(process.argv.slice(2));
  for (const [index, suite] of suites.entries()) {
    console.log(`\n━━ ${index + 1}/${suites.length} ${suite.name}: ${suite.what}`);
    results.push(await runSuite(suite));
  }
  console.log(summary(results));
  writeFileSync(join(import.meta.dirname, '..', '..', '.rune', 'test', 'closing-line'), `${closingLine(results)}\n`);
  process.exitCode = total(results).failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
