import { findCondition } from '../../../crds/conditions.ts';
import { CONDITION, LABEL, RUNNER_CONTAINER } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import { ARCHIVE_REASON } from '../../../crds/report.ts';
import type { RunArchiveReport } from '../../../crds/run-archive.ts';
import type { Verdict } from '../../../crds/statistics/compare.ts';
import type { RuneRun } from '../../../crds/types.ts';
import type { JobRecord } from '../job-record.ts';

/** What to do next so that a finished run is archived. */
export type ArchiveStep =
  | { kind: 'nothing' }
  | { kind: 'create'; attempt: number; remove?: Pod }
  | { kind: 'wait'; milliseconds?: number }
  | { kind: 'record'; verdict: Verdict; archive?: NonNullable<RuneRun['status']>['archive']; remove?: Pod };

const MOST_ATTEMPTS = 3;
const PAUSE_MILLISECONDS = 20_000;
/** A Pod that has not ended so long after it was made is given up: no node may have room for it. */
const POD_MILLISECONDS = 900_000;
/** So long after the end of the run no further Pod is made, whatever became of the others. */
const GIVE_UP_MILLISECONDS = 3_600_000;
/** Waiting does not help against these. */
const FINAL: ReadonlySet<string> = new Set(['BadConfiguration', 'AccessDenied', 'BucketNotFound']);

/** What a run says of its archive when it finishes: whether there is anything to be put together. Pure. */
export function archiveBegins(records: readonly Pick<JobRecord, 'isArchived' | 'unarchived'>[]): Verdict {
  if (records.some(({ isArchived }) => isArchived)) {
    const message = 'The results of the jobs are being put together.';
    return { status: 'Unknown', reason: 'Archiving', message };
  }
  const reason = records.find(({ unarchived }) => unarchived !== undefined)?.unarchived ?? 'NotConfigured';
  const message =
    reason === 'NotConfigured'
      ? 'This namespace has no Secret rune-s3: what the jobs found beyond this status is gone with their RuneJobs.'
      : 'No job could be archived: their conditions Archived say why.';
  return { status: 'False', reason, message };
}

/** Pure. `pods` are those that archive the run; while an emergency stop is in force none is made. `now`: milliseconds since the epoch. */
export function archiveStep(run: RuneRun, pods: readonly Pod[], isStopped: boolean, now: number): ArchiveStep {
  if (findCondition(run.status?.conditions, CONDITION.archived)?.status !== 'Unknown') return { kind: 'nothing' };
  const [pod] = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => attemptOf(b) - attemptOf(a));
  const isLate = now >= Date.parse(run.status?.completionTime ?? '') + GIVE_UP_MILLISECONDS;
  if (pod === undefined) {
    if (isLate) return { kind: 'record', verdict: failed('TimedOut', 'No Pod could put the results together in time') };
    return isStopped ? { kind: 'wait' } : { kind: 'create', attempt: 1 };
  }
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const stuckTime = Date.parse(pod.metadata.creationTimestamp ?? '') + POD_MILLISECONDS;
  if (!hasEnded && now < stuckTime) return { kind: 'wait', milliseconds: stuckTime - now };
  const report = hasEnded ? readReport(pod, run.metadata.uid ?? '') : STUCK;
  if (report?.reason === 'Archived') return { kind: 'record', ...recorded(report), remove: pod };
  const attempt = attemptOf(pod);
  if (attempt < MOST_ATTEMPTS && !isLate && !FINAL.has(report?.reason ?? '')) {
    const left = hasEnded ? endTime(pod) + PAUSE_MILLISECONDS * attempt - now : 0;
    if (left > 0) return { kind: 'wait', milliseconds: left };
    return isStopped ? { kind: 'wait' } : { kind: 'create', attempt: attempt + 1, remove: pod };
  }
  const said = report?.message ?? pod.status?.message ?? 'The Pod that archives ended without saying why';
  return { kind: 'record', verdict: failed(report?.reason ?? 'UploadFailed', said), remove: pod };
}

const STUCK = {
  reason: 'TimedOut',
  message: 'The Pod that archives did not come to its end: see whether a node has room for it and can pull its image',
} as const;

function failed(reason: string, said: string): Verdict {
  const message = `${said.replace(/[.\s]*$/, '.')} The results of each job lie in S3 all the same, where its condition Archived says so.`;
  return { status: 'False', reason, message };
}

function recorded({ uri = '', sha256 = '', lines = 0 }: RunArchiveReport) {
  const message = `The results of all cases lie in ${uri}results.jsonl.`;
  return { verdict: { status: 'True', reason: 'Archived', message } as const, archive: { uri, sha256, lines } };
}

function readReport(pod: Pod, uid: string): RunArchiveReport | undefined {
  const runner = pod.status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
  try {
    const report = JSON.parse(runner?.state?.terminated?.message ?? '') as RunArchiveReport;
    const isKnown = report.v === 1 && report.uid === uid && ARCHIVE_REASON.includes(report.reason);
    // What the schema would refuse would keep the whole status from being written.
    return isKnown && fitsStatus(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

function fitsStatus({ message = '', uri = '', sha256 = '', lines = 0 }: RunArchiveReport): boolean {
  const isText = (value: unknown, max: number) => typeof value === 'string' && value.length <= max;
  return isText(message, 1024) && isText(uri, 1024) && isText(sha256, 64) && Number.isInteger(lines);
}

function attemptOf({ metadata }: Pod): number {
  return Number(metadata.labels?.[LABEL.attempt] ?? 0);
}

function endTime({ status, metadata }: Pod): number {
  const runner = status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
  return Date.parse(runner?.state?.terminated?.finishedAt ?? metadata.creationTimestamp ?? '') || 0;
}
