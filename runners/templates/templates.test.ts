import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import type { Command } from '../agent-host/config.ts';
import { testDriver } from '../conformance/test-driver.ts';

// Each runs some tens of processes, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 });

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

  test.skipIf(missing.length > 0)(`tells of a model that hangs, of Ollama's too${why}`, async () => {
    const paths: (string | undefined)[] = [];
    const model = createServer(({ url }) => paths.push(url)).listen(0, '127.0.0.1');
    await once(model, 'listening');
    const params = {
      question: 'Why?',
      model: 'm',
      base_url: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
      backend_type: 'ollama',
      options: {},
      deadline_seconds: 1,
      artifacts_dir: tmpdir(),
    };
    const driver = spawn(program, [join(import.meta.dirname, file)], {
      env: { ...process.env, TMPDIR: tmpdir() },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    driver.stdin.end(`${JSON.stringify({ id: '1', action: 'ask', params })}\n`);
    const lines = (await text(driver.stdout)).trim().split('\n');
    model.closeAllConnections();
    model.close();
    expect(paths).toEqual(['/v1/chat/completions']);
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      id: '1',
      status: 'error',
      error: { kind: 'timeout', message: 'the model did not answer in time' },
    });
  });
});
