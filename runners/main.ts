import { writeFileSync } from 'node:fs';
import type { Report } from '../crds/report.ts';
import packageJSON from '../package.json' with { type: 'json' };
import { attempt, failedAttempt, type Runner } from './attempt.ts';
import { readConfig } from './config.ts';
import { eventLog } from './sink/events.ts';
import { lineSink } from './sink/lines.ts';
import { encodeReport } from './sink/report.ts';

const terminate = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => terminate.abort());
// Made, though never written to, since it sets a pipe to non-blocking.
const { fd } = process.stdout;

const config = readConfig(process.argv.slice(2));
const runner: Runner = {
  // Milliseconds since the process began, not since this line: loading the code is part of the start.
  clock: () => performance.now(),
  start: { monotonic: 0, time: new Date(performance.timeOrigin) },
  events: eventLog(lineSink(fd), () => new Date()),
  terminate: terminate.signal,
  runnerVersion: packageJSON.version,
};
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  finish(failedAttempt(error, config, runner));
});
finish(await attempt(config, runner));

/** Exits with 0 when the report tells how the job went, with 1 when it tells that the runner itself broke. */
function finish(report: Report): never {
  writeFileSync(config.report, encodeReport(report));
  process.exit(report.reason === 'RunnerFailed' ? 1 : 0);
}
