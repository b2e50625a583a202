import { setCondition } from '../../crds/conditions.ts';
import { CONDITION, S3_SECRET } from '../../crds/names.ts';
import type { Archive, Report } from '../../crds/report.ts';
import type { RuneJob } from '../../crds/types.ts';
import type { Status } from './attempts.ts';

/** Whether the last attempt lies in S3, and where. Nothing is said of an attempt that did not report. `now`: milliseconds since the epoch. */
export function archived(job: RuneJob, status: Status, report: Report | undefined, now: number): Status {
  if (report === undefined) return status;
  const { archive } = report;
  const { archive: _before, ...rest } = status;
  const condition = {
    type: CONDITION.archived,
    observedGeneration: job.metadata.generation ?? 0,
    ...said(archive),
  };
  return {
    ...rest,
    ...(archive?.uri === undefined
      ? {}
      : { archive: { uri: archive.uri, ...(archive.sha256 && { sha256: archive.sha256 }) } }),
    conditions: setCondition(status.conditions ?? [], condition, new Date(now).toISOString()),
  };
}

function said(archive: Archive | undefined): { status: 'True' | 'False'; reason: string; message: string } {
  if (archive === undefined) {
    const message = `This namespace has no Secret ${S3_SECRET}, so that answer, events and artifacts go with the Pod.`;
    return { status: 'False', reason: 'NotConfigured', message };
  }
  const { reason, uri, message } = archive;
  if (reason === 'Archived') return { status: 'True', reason, message: `All of the last attempt lies in ${uri}.` };
  const outcome = 'The outcome is not touched by it.';
  return { status: 'False', reason, message: `${(message ?? 'The upload failed.').slice(0, 800)} ${outcome}` };
}
