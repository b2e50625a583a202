import { readFileSync } from 'node:fs';
import { ARCHIVE_SECONDS, type Archive, type Report } from '../crds/report.ts';
import { ApiKeyError, readApiKey } from './api-key.ts';
import { ArchiveError } from './archive/archive-error.ts';
import type { Leavings } from './archive/attempt-files.ts';
import { readS3Config } from './archive/config.ts';
import type { Verdict } from './classify.ts';
import type { RunnerConfig } from './config.ts';
import { failedReport } from './failed-report.ts';
import { FixtureError, type FixturesEnd } from './fixtures/fixture-error.ts';
import { jobIdentity, parseJob } from './job.ts';
import type { Ledger } from './meter/ledger.ts';
import { defined } from './meter/reading.ts';
import { parseQuestion } from './question.ts';
import { type RunOptions, runJob } from './run.ts';
import { ShapeError } from './shape.ts';

export type Runner = Pick<RunOptions, 'clock' | 'start' | 'events' | 'terminate' | 'runnerVersion'>;

export type Attempt = {
  /** Carries the attempt out. Never rejects: what cannot be carried out is reported. */
  run(): Promise<Report>;
  /** The report if an error puts an end to the attempt now, with what the agent has used of the model by then. */
  failed(error: unknown): Report;
  /** Puts the attempt into S3, by the Secret of the namespace. Never rejects. */
  archive(report: Report): Promise<Archive>;
};

/** The attempt that the files describe; they are read only when it is run. */
export function prepareAttempt(files: RunnerConfig, runner: Runner): Attempt {
  let ledger: Ledger | undefined;
  let leavings: Omit<Leavings, 'lines'> | undefined;
  const onLedger = (made: Ledger): void => {
    ledger = made;
  };
  const onLeavings = (left: Omit<Leavings, 'lines'>): void => {
    leavings = left;
  };
  const end = (verdict: Verdict, fixtures?: FixturesEnd): Report => {
    const { outcome, reason, message } = verdict;
    const { events, start, runnerVersion } = runner;
    events.emit('result', { outcome, reason, message });
    const about = { startTime: start.time, version: runnerVersion, events: events.summary() };
    const report = failedReport(identity(files), verdict, spent(ledger), about);
    return fixtures === undefined ? report : { ...report, fixtures };
  };
  const failed = (error: unknown): Report =>
    end(verdictOf(error), error instanceof FixtureError ? error.end : undefined);
  const run = async (): Promise<Report> => {
    if (runner.terminate.aborted) return end(TERMINATED);
    try {
      const job = parseJob(read(files.job, 'the job'));
      const question = parseQuestion(read(files.question, 'the question'));
      const { artifacts, agentURL } = files;
      const apiKey = readApiKey(job, files.apiKey);
      return await runJob({ job, question, apiKey, artifacts, agentURL, onLedger, onLeavings, ...runner });
    } catch (error) {
      return failed(error);
    }
  };
  const archive = async (report: Report): Promise<Archive> => {
    try {
      const config = readS3Config(files.s3);
      const job = parseJob(read(files.job, 'the job'));
      const { archiveAttempt } = await import('./archive/archive-attempt.ts');
      const all = { artifacts: [], ...leavings, lines: runner.events.lines() };
      return await archiveAttempt(config, job, report, all, archiveDeadline(runner.terminate));
    } catch (error) {
      if (error instanceof ArchiveError) return { reason: error.reason, message: error.message };
      const isUnread = error instanceof ShapeError;
      const what = isUnread ? 'The job cannot be read' : 'The runner cannot load what uploads';
      return { reason: 'UploadFailed', message: `${what}, so that nothing of the attempt is archived.` };
    }
  };
  return { run, failed, archive };
}

/** A Pod that is ended has a few seconds left, which its report needs, too. */
const TERMINATED_ARCHIVE_MILLISECONDS = 2_000;

function archiveDeadline(terminate: AbortSignal): AbortSignal {
  const late = new AbortController();
  const end = () => setTimeout(() => late.abort(), TERMINATED_ARCHIVE_MILLISECONDS).unref();
  if (terminate.aborted) end();
  else terminate.addEventListener('abort', end, { once: true });
  return AbortSignal.any([late.signal, AbortSignal.timeout(ARCHIVE_SECONDS * 1000)]);
}

const TERMINATED: Verdict = {
  outcome: 'InfraError',
  reason: 'Terminated',
  message: 'The runner was told to stop before it had asked the agent.',
  retryable: true,
};

function spent(ledger: Ledger | undefined): Pick<Report, 'usage' | 'costMicroUSD'> {
  return defined<Pick<Report, 'usage' | 'costMicroUSD'>>({
    usage: ledger?.usage() ?? {},
    costMicroUSD: ledger?.costMicroUSD(),
  });
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
  if (error instanceof FixtureError) return error.verdict();
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
