import type { Observed } from '../plan.ts';
import { sampleAgent, sampleBackend, sampleJob } from './sample.ts';

/** What tests observe where they say nothing else: a new job that may start at once. */
export function observed(more: Partial<Observed> = {}): Observed {
  return {
    job: sampleJob(),
    pods: [],
    isPodAbsent: false,
    agent: sampleAgent(),
    backend: sampleBackend(),
    startTrouble: undefined,
    stop: undefined,
    slot: { isAdmitted: true, load: 2 },
    settings: {
      retryBackoffSeconds: 10,
      retryBackoffMaxSeconds: 360,
      podRetentionSeconds: 600,
      podTerminationGraceSeconds: 8,
    },
    ...more,
  };
}
