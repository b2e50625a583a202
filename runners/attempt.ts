import { readFileSync } from 'node:fs';
import type { Report } from '../crds/report.ts';
import { ApiKeyError, readApiKey } from './api-key.ts';
import type { Verdict } from './classify.ts';
import type { RunnerConfig } from './config.ts';
import { jobIdentity, parseJob } from './job.ts';
import { parseQuestion } from './question.ts';
import { type RunOptions, runJob } from './run.ts';
import { ShapeError } from './shape.ts';
import { unaskedReport } from './unasked-report.ts';

export type Runner = Pick<RunOptions, 'clock' | 'start' | 'events' | 'terminate' | 'runnerVersion'>;

/** Carries out the attempt that the files describe. Never rejects: what cannot be carried out is reported. */
export async function attempt(files: RunnerConfig, runner: Runner): Promise<Report> {
  let jobText = '';
  try {
    jobText = read(files.job, 'the job');
    const job = parseJob(jobText);
    const question = parseQuestion(read(files.question, 'the question'));
    return await runJob({ job, question, apiKey: readApiKey(job, files.apiKey), ...runner });
  } catch (error) {
    const verdict = verdictOf(error);
    const { outcome, reason, message } = verdict;
    runner.events.emit('result', { outcome, reason, message });
    return unaskedReport(jobIdentity(jobText), verdict, {
      startTime: runner.start.time,
      version: runner.runnerVersion,
      events: runner.events.summary(),
    });
  }
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof ApiKeyError) {
    return { outcome: 'BackendError', reason: 'KeyRefused', message: error.message, retryable: false };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ShapeError) {
    return {
      outcome: 'InfraError',
      reason: 'BadJob',
      message: `The runner cannot use its files: ${message}.`,
      retryable: false,
    };
  }
  return { outcome: 'InfraError', reason: 'RunnerFailed', message: `The runner failed: ${message}.`, retryable: true };
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ShapeError(`${what} cannot be read from ${path}`, { cause: error });
  }
}
