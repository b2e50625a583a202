import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckResult, runChecks } from './check.ts';
import { httpChecks } from './http-checks.ts';
import { TestModel } from './model.ts';
import { type StartedServer, startHost } from './start-host.ts';
import { startImage } from './start-image.ts';
import { stdioChecks } from './stdio-checks.ts';
import type { Subject } from './subject.ts';
import type { Target } from './target.ts';

/**
 * Tries the rules of the driver protocol on a driver: a command in the stdio form, and then behind agent-host; a URL or
 * an image in the http form. Each result is told as it is found. Throws an UntestableError where it cannot be tried.
 */
export async function testDriver(
  target: Target,
  given: Subject,
  onCheck: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const model = await TestModel.start();
  // The model is on loopback, whatever proxy the rest of the world is behind.
  const loopback = '127.0.0.1,localhost';
  const subject = { ...given, environment: { ...given.environment, NO_PROXY: loopback, no_proxy: loopback } };
  const options = { hasModel: subject.hasModel, onCheck };
  const results: CheckResult[] = [];
  let server: StartedServer | undefined;
  try {
    if (target.type === 'command')
      results.push(...(await runChecks('stdio', stdioChecks(target.command, subject, model), options)));
    server = await startServer(target, subject);
    results.push(...(await runChecks('http', httpChecks(server, subject, model), options)));
    return results;
  } finally {
    await server?.stop();
    model.close();
  }
}

async function startServer(target: Target, subject: Subject): Promise<StartedServer> {
  if (target.type === 'command') return await startHost(target.command, subject.environment);
  if (target.type === 'image') return await startImage(target.image);
  const folder = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
  let count = 0;
  return {
    url: target.url,
    artifacts() {
      const path = join(folder, String(++count));
      mkdirSync(path);
      return path;
    },
    stop: async () => rm(folder, { recursive: true, force: true }),
  };
}
