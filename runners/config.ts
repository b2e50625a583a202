import { parseArgs } from 'node:util';
import { RUNNER_FILE } from '../crds/job-file.ts';

/** Where the runner reads and writes. */
export type RunnerConfig = { job: string; question: string; apiKey: string; report: string };

/** Reads the flags `--job`, `--question`, `--api-key` and `--report`, whose defaults are the paths in a runner Pod. Throws for others. */
export function readConfig(args: string[]): RunnerConfig {
  const flag = (path: string) => ({ type: 'string', default: path }) as const;
  const { values } = parseArgs({
    args,
    options: {
      job: flag(RUNNER_FILE.job),
      question: flag(RUNNER_FILE.question),
      'api-key': flag(RUNNER_FILE.apiKey),
      report: flag(RUNNER_FILE.report),
    },
  });
  return { job: values.job, question: values.question, apiKey: values['api-key'], report: values.report };
}
