import type { Report } from '../crds/report.ts';
import type { Verdict } from './classify.ts';

/** The report of an attempt that something other than the agent put an end to. */
export function failedReport(
  job: Pick<Report, 'uid' | 'attempt'>,
  { outcome, reason, message, retryable }: Verdict,
  spent: Pick<Report, 'usage' | 'costMicroUSD'>,
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
    ...spent,
    startTime: runner.startTime.toISOString(),
    timings: {},
    events: runner.events,
    provenance: { runnerVersion: runner.version },
  };
}
