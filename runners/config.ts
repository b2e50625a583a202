import { parseArgs } from 'node:util';
import { RUNNER_FILE } from '../crds/job-file.ts';
import { PORT } from '../crds/names.ts';

/** Where the runner reads and writes, and where it finds the agent. */
export type RunnerConfig = {
  job: string;
  question: string;
  apiKey: string;
  report: string;
  /** Holds a folder of what the agent leaves for each question. */
  artifacts: string;
  /** Of an agent in a container, without a path. */
  agentURL: string;
  /** The folder of the Secret that says where to archive. */
  s3: string;
};

/**
 * Reads the flags `--job`, `--question`, `--api-key`, `--report`, `--artifacts`, `--agent-url` and `--s3`, whose defaults are those
 * of a runner Pod. Throws for others.
 */
export function readConfig(args: string[]): RunnerConfig {
  const flag = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args,
    options: {
      job: flag(RUNNER_FILE.job),
      question: flag(RUNNER_FILE.question),
      'api-key': flag(RUNNER_FILE.apiKey),
      report: flag(RUNNER_FILE.report),
      artifacts: flag(RUNNER_FILE.artifacts),
      s3: flag(RUNNER_FILE.s3),
      'agent-url': flag(`http://127.0.0.1:${PORT.agent}`),
    },
  });
  const { job, question, report, artifacts, s3 } = values;
  return { job, question, apiKey: values['api-key'], report, artifacts, agentURL: agentURL(values['agent-url']), s3 };
}

function agentURL(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' || url.pathname !== '/') {
    throw new Error(`--agent-url is ${text}: it must be an http URL without a path, such as http://127.0.0.1:7411`);
  }
  return url.origin;
}
