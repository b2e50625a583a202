import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Command } from '../agent-host/config.ts';
import { testDriver } from '../conformance/test-driver.ts';

// Each runs some tens of processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

/** What each template needs, to be found on the machine. */
const TEMPLATES: [file: string, program: string, needs: string[]][] = [
  ['driver.ts', process.execPath, []],
  ['driver.py', 'python3', ['python3']],
  ['driver.sh', 'sh', ['curl', 'jq']],
];

describe.each(TEMPLATES)('%s', (file, program, needs) => {
  const missing = needs.filter((need) => spawnSync(need, ['--version']).error);
  const why = missing.length > 0 ? ` (skipped: there is no ${missing.join(', ')} here)` : '';

  test.skipIf(missing.length > 0)(`keeps the rules of the protocol${why}`, async () => {
    const command: Command = [program, join(import.meta.dirname, file)];
    const subject = { question: 'What is the word of the day?', options: {}, hasModel: true, timeoutSeconds: 30 };
    const results = await testDriver(
      { type: 'command', command },
      { ...subject, environment: process.env },
      () => undefined,
    );
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(results.length).toBeGreaterThan(20);
  });
});
