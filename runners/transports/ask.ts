import type { JobFile } from '../../crds/job-file.ts';

/** One question as a transport puts it to its agent. */
export type Ask = {
  job: JobFile;
  prompt: string;
  /** The meter's URL, without a path. */
  meterURL: string;
  /** Aborted at the deadline, or when the runner is told to stop. */
  signal: AbortSignal;
};

/** An option of the job that the agent's driver does not know, or that has the wrong type. */
export class BadOptionError extends Error {
  override name = 'BadOptionError';
}
