import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { checkResult, type Ended, type SuiteResult, type VitestReport, vitestResult } from './result.ts';
import type { Suite } from './suites.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs a suite to its end, with its output on ours. */
export async function runSuite(suite: Suite): Promise<SuiteResult> {
  const began = performance.now();
  const report = join(root, '.rune', 'test', `${suite.name}.json`);
  rmSync(report, { force: true });
  mkdirSync(dirname(report), { recursive: true });
  const [command = '', ...args] = [...suite.command, ...(suite.kind === 'vitest' ? reporters(report) : [])];
  const exitCode = await run(command, args);
  const ended: Ended = { name: suite.name, exitCode, seconds: (performance.now() - began) / 1000 };
  return suite.kind === 'check' ? checkResult(ended) : vitestResult(ended, readReport(report));
}

function reporters(report: string): string[] {
  return ['--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}

function run(command: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (cause) => reject(new Error(`cannot run ${command}: ${cause.message}`, { cause })));
    child.on('close', (code) => resolve(code));
  });
}

function readReport(path: string): VitestReport | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined; // The suite ended before it wrote one, which its result says.
  }
  const report: VitestReport = JSON.parse(text);
  return { testResults: report.testResults.map((file) => ({ ...file, name: relative(root, file.name) })) };
}
