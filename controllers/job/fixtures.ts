import type { RuneJob } from '../../crds/types.ts';

/** The most that `fixtures.timeoutSeconds` can be: of a question in a Secret, the operator does not know it. */
const MAX_TIMEOUT_SECONDS = 3600;

/** Whether something is made in the namespace before the agent is asked, and taken away afterwards. */
export function hasFixtures({ spec }: RuneJob): boolean {
  return spec.question?.fixtures !== undefined || spec.questionRef?.hasFixtures === true;
}

/** How long making the fixtures may take, in seconds; 0 where there are none. */
export function fixtureSeconds(job: RuneJob): number {
  if (!hasFixtures(job)) return 0;
  return job.spec.question?.fixtures?.timeoutSeconds ?? MAX_TIMEOUT_SECONDS;
}
