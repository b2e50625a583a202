import { existsSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Report } from '../crds/report.ts';
import packageJSON from '../package.json' with { type: 'json' };
import { prepareAttempt } from './attempt.ts';
import { type RunnerConfig, readConfig } from './config.ts';
import { eventLog } from './sink/events.ts';
import { lineSink } from './sink/lines.ts';
import { encodeReport } from './sink/report.ts';

/** Carries out the attempt that the command line names, and ends the process. `terminate` is aborted when it is told to stop. */
export async function runProcess(terminate: AbortSignal): Promise<never> {
  const config = readConfig(process.argv.slice(2));
  // Made, though never written to, since it sets a pipe to non-blocking.
  const { fd } = process.stdout;
  const attempt = prepareAttempt(config, {
    // Milliseconds since the process began, not since this line: loading the code is part of the start.
    clock: () => performance.now(),
    start: { monotonic: 0, time: new Date(performance.timeOrigin) },
    events: eventLog(lineSink(fd), () => new Date(), existsSync(config.s3)),
    terminate,
    runnerVersion: packageJSON.version,
  });
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack}\n`);
    finish(attempt.failed(error), config);
  });
  // A signal that came while the code was loaded is told of only by the event loop.
  await setImmediate();
  const report = await attempt.run();
  // Before the upload, which may be cut off.
  writeFileSync(config.report, encodeReport(report));
  const archive = await attempt.archive(report);
  return finish(archive === undefined ? report : { ...report, archive }, config);
}

/** Of a process that SIGTERM ended. The kubelet says why it ended a Pod only where the Pod has failed by its own account, too. */
const EXIT_TERMINATED = 143;

/** Exits with 0 when the report tells how the job went, with 143 when the runner was told to stop, with 1 when it broke. */
function finish(report: Report, config: RunnerConfig): never {
  writeFileSync(config.report, encodeReport(report));
  process.exit(exitCode(report.reason));
}

function exitCode(reason: Report['reason']): number {
  if (reason === 'Terminated') return EXIT_TERMINATED;
  return reason === 'RunnerFailed' ? 1 : 0;
}
