import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Report } from '../crds/report.ts';
import packageJSON from '../package.json' with { type: 'json' };
import { hasS3Config } from './archive/config.ts';
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
  const isArchived = hasS3Config(config.s3);
  const attempt = prepareAttempt(config, {
    // Milliseconds since the process began, not since this line: loading the code is part of the start.
    clock: () => performance.now(),
    start: { monotonic: 0, time: new Date(performance.timeOrigin) },
    events: eventLog(lineSink(fd), () => new Date(), isArchived),
    terminate,
    runnerVersion: packageJSON.version,
  });
  let written: Report | undefined;
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack}\n`);
    // A report that was written stands: what broke after it is the upload.
    finish(written ?? (isArchived ? unarchived(attempt.failed(error)) : attempt.failed(error)), config);
  });
  // A signal that came while the code was loaded is told of only by the event loop.
  await setImmediate();
  const report = await attempt.run();
  if (!isArchived) return finish(report, config);
  // Before the upload, which then has nothing to lose: neither by its end nor by that of the container.
  written = unarchived(report);
  writeFileSync(config.report, encodeReport(written));
  return finish({ ...report, archive: await attempt.archive(report) }, config);
}

/** The report as long as the upload is not done. */
function unarchived(report: Report): Report {
  const message = 'The runner ended before the upload was done: look at how its container ended.';
  return { ...report, archive: { reason: 'UploadFailed', message } };
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
