/** What a suite came to. `seconds` is its wall time, start-up included. */
export type SuiteResult = {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  tests: readonly TimedTest[];
  /** Names of what failed, with the file. */
  failures: readonly string[];
};

export type TimedTest = { suite: string; name: string; seconds: number };

/** How a suite's process ended: its exit code, or null where a signal ended it. */
export type Ended = { name: string; exitCode: number | null; seconds: number };

/** The part of vitest's JSON report that is read here. Durations are milliseconds. */
export type VitestReport = {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string; duration?: number | null }[];
  }[];
};

/** The result of a check: one test. */
export function checkResult({ name, exitCode, seconds }: Ended): SuiteResult {
  const isPassed = exitCode === 0;
  return {
    name,
    passed: isPassed ? 1 : 0,
    failed: isPassed ? 0 : 1,
    skipped: 0,
    seconds,
    tests: [],
    failures: isPassed ? [] : [howItEnded(exitCode)],
  };
}

/**
 * The result of a vitest suite. A file that could not be loaded, a suite that wrote no report, that executed no test, or
 * that exited with an error although no test failed, counts as one failure.
 */
export function vitestResult({ name, exitCode, seconds }: Ended, report: VitestReport | undefined): SuiteResult {
  const files = report?.testResults ?? [];
  const all = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const passed = all.filter(({ status }) => status === 'passed').length;
  const failed = all.filter(({ status }) => status === 'failed');
  const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed));
  const failures = [
    ...failed.map((test) => `${test.file}: ${test.fullName}`),
    ...broken.map((file) => `${file.name}: ${file.message?.split('\n')[0] || 'could not be run'}`),
  ];
  if (failures.length === 0) {
    if (report === undefined) failures.push(`no report was written; ${howItEnded(exitCode)}`);
    else if (exitCode !== 0) failures.push(`no test failed, but ${howItEnded(exitCode)}`);
    else if (passed === 0) failures.push('no test was executed');
  }
  return {
    name,
    passed,
    failed: failures.length,
    skipped: all.length - passed - failed.length,
    seconds,
    tests: all.map((test) => ({ suite: name, name: test.fullName, seconds: (test.duration ?? 0) / 1000 })),
    failures,
  };
}

function isFailed({ status }: { status: string }): boolean {
  return status === 'failed';
}

function howItEnded(exitCode: number | null): string {
  return exitCode === null ? 'a signal ended it' : `it ended with exit code ${exitCode}`;
}
