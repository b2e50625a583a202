import { findCondition } from '../../crds/conditions.ts';
import { CONDITION, MEASURED, type Outcome } from '../../crds/names.ts';
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

/**
 * The jobs that did not end as their manifests say, each in a sentence. Another processor may round otherwise and make
 * the model choose another word, so a measurement that came out differently is only a note; that something was measured
 * although nothing should be, or the reverse, is a surprise.
 */
export function unexpected(jobs: readonly RuneJob[]): { readonly surprises: string[]; readonly notes: string[] } {
  const others = jobs.filter((job) => {
    const expected = expectedOutcome(job);
    return expected !== undefined && expected !== job.status?.outcome;
  });
  const isNote = (job: RuneJob) => isMeasured(job.status?.outcome) && isMeasured(expectedOutcome(job));
  return {
    surprises: others.filter((job) => !isNote(job)).map(sentence),
    notes: others.filter(isNote).map(sentence),
  };
}

function isMeasured(outcome: string | undefined): boolean {
  return MEASURED.has(outcome as Outcome);
}

function sentence(job: RuneJob): string {
  const message = findCondition(job.status?.conditions, CONDITION.finished)?.message ?? '';
  return `${job.metadata.name} ended with ${job.status?.outcome}, not with ${expectedOutcome(job)}: ${message}`;
}
