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
  try {
    const job = parseJob(read(files.job, 'the job'));
    const question = parseQuestion(read(files.question, 'the question'));
    return await runJob({ job, question, apiKey: readApiKey(job, files.apiKey), ...runner });
  } catch (error) {
    return failedAttempt(error, files, runner);
  }
}

/** The report of an attempt that an error put an end to. */
export function failedAttempt(error: unknown, files: RunnerConfig, { events, start, runnerVersion }: Runner): Report {
  const verdict = verdictOf(error);
  const { outcome, reason, message } = verdict;
  events.emit('result', { outcome, reason, message });
  const about = { startTime: start.time, version: runnerVersion, events: events.summary() };
  return unaskedReport(identity(files), verdict, about);
}

function identity(files: RunnerConfig): Pick<Report, 'uid' | 'attempt'> {
  try {
    return jobIdentity(read(files.job, 'the job'));
  } catch {
    return jobIdentity('');
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
