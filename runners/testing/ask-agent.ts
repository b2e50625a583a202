import type { JobFile } from '../../crds/job-file.ts';
import type { Report } from '../../crds/report.ts';
import { parseQuestion } from '../question.ts';
import { runJob } from '../run.ts';
import { eventLog } from '../sink/events.ts';
import { testJob } from './job.ts';

export type AskAgent = {
  job?: Partial<JobFile>;
  /** Of the model's backend, with /v1; by default nobody listens there. */
  modelURL?: string;
  model?: string;
  question?: object;
  apiKey?: string;
  artifacts?: string;
  terminate?: AbortSignal;
  /** Told of each event line, as it is written. */
  onLine?: (line: string) => void;
};

export type EventLine = { [field: string]: unknown };

const QUESTION = { prompt: 'Which city?', expect: [{ contains: { all: ['Paris'] } }] };

/** Carries out an attempt, for tests, with an agent in a container whose server is at the URL. Gives its report and event lines. */
export async function askAgent(url: string, way: AskAgent = {}): Promise<{ report: Report; lines: EventLine[] }> {
  const lines: string[] = [];
  const write = (line: string, written: () => void): void => {
    lines.push(line);
    written();
    way.onLine?.(line);
  };
  const report = await runJob({
    job: jobOf(way),
    question: parseQuestion(JSON.stringify(way.question ?? QUESTION)),
    apiKey: way.apiKey,
    agentURL: url,
    artifacts: way.artifacts ?? '/nowhere',
    clock: () => performance.now(),
    start: { monotonic: performance.now(), time: new Date() },
    events: eventLog({ write, drain: () => {} }, () => new Date()),
    terminate: way.terminate ?? new AbortController().signal,
    runnerVersion: '1.2.3',
  });
  return { report, lines: lines.map((line) => JSON.parse(line) as EventLine) };
}

function jobOf({ job, modelURL, model = 'answer:Paris' }: AskAgent): JobFile {
  const { backend, ...base } = testJob({ model: { name: model } });
  const agent = { name: 'direct', options: {}, container: { startTimeoutSeconds: 5, memoryLimit: '1Gi' } };
  return { ...base, backend: { ...backend, url: modelURL ?? backend.url }, agent, ...job };
}
