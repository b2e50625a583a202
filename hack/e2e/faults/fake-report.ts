import { createHash } from 'node:crypto';
import { ANNOTATION_JOB, type Outcome } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { Report } from '../../../crds/report.ts';

/** What a runner would report of a Pod; its answer is the Pod's uid, so that every result can be told from every other. */
export function fakeReport(pod: Pod, outcome: Outcome = 'Passed', changes: Partial<Report> = {}): Report {
  const job = JSON.parse(pod.metadata.annotations?.[ANNOTATION_JOB] ?? '{}') as { uid: string; attempt: number };
  const answer = pod.metadata.uid ?? '';
  return {
    v: 1,
    uid: job.uid,
    attempt: job.attempt,
    outcome,
    reason: 'Scored',
    message: '',
    retryable: false,
    scorePermille: outcome === 'Passed' ? 1000 : 0,
    usage: { inputTokens: 10, outputTokens: 5, modelCalls: 1 },
    startTime: new Date().toISOString(),
    timings: { agentStartMilliseconds: 1, agentMilliseconds: 20, scoringMilliseconds: 1 },
    events: { count: 0, dropped: 0 },
    provenance: { runnerVersion: 'fake' },
    answer: { excerpt: answer, sha256: createHash('sha256').update(answer).digest('hex'), bytes: answer.length },
    ...changes,
  };
}
