import type { JSONObject } from '../meter/reading.ts';

/** One question as it is put to an agent. */
export type Ask = {
  prompt: string;
  /** What the prompt is about. */
  context?: string;
  /** The meter's URL, without a path. */
  meterURL: string;
  /** Aborted at the deadline, or when the runner is told to stop. */
  signal: AbortSignal;
};

export type Answer = {
  answer: string;
  /** The answer in structured form, where the agent has one. */
  findings?: JSONObject[];
};

/** An option of the job that the agent's driver does not know, or that has the wrong type. */
export class BadOptionError extends Error {
  override name = 'BadOptionError';
}
