import { findCondition } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneJob } from '../../crds/types.ts';

/** How a job of the demo should end, as its manifest says. */
export const expectedOutcomeAnnotation = 'demo.rune.ai/expected-outcome';

export function expectedOutcome(job: RuneJob): string | undefined {
  return job.metadata.annotations?.[expectedOutcomeAnnotation];
}

/** Where a job stands, in a few words. */
export function standing(job: RuneJob): string {
  const { outcome, scorePermille } = job.status ?? {};
  if (outcome !== undefined) return scorePermille === undefined ? outcome : `${outcome}, score ${scorePermille}`;
  const started = findCondition(job.status?.conditions, CONDITION.started);
  if (started === undefined) return 'created';
  return started.status === 'True' ? 'the agent is asked' : `waits: ${started.reason}`;
}

export function isAsked(job: RuneJob): boolean {
  return findCondition(job.status?.conditions, CONDITION.started)?.status === 'True';
}

export function isFinished(job: RuneJob): boolean {
  return findCondition(job.status?.conditions, CONDITION.finished)?.status === 'True';
}

/** The jobs that did not end as their manifests say, each in a sentence. */
export function surprises(jobs: readonly RuneJob[]): string[] {
  return jobs.flatMap((job) => {
    const expected = expectedOutcome(job);
    if (expected === undefined || expected === job.status?.outcome) return [];
    const message = findCondition(job.status?.conditions, CONDITION.finished)?.message ?? '';
    return [`${job.metadata.name} ended with ${job.status?.outcome}, not with ${expected}: ${message}`];
  });
}
