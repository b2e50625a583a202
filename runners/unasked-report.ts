import type { Report } from '../crds/report.ts';
import type { Verdict } from './classify.ts';

/** The report of an attempt in which the agent was never asked. */
export function unaskedReport(
  job: Pick<Report, 'uid' | 'attempt'>,
  { outcome, reason, message, retryable }: Verdict,
  runner: { startTime: Date; version: string; events: Report['events'] },
): Report {
  return {
    v: 1,
    uid: job.uid,
    attempt: job.attempt,
    outcome,
    reason,
    message,
    retryable,
    usage: {},
    startTime: runner.startTime.toISOString(),
    timings: {},
    events: runner.events,
    provenance: { runnerVersion: runner.version },
  };
}
