import type { Pod } from '../../crds/raw.ts';
import { ARCHIVE_SECONDS } from '../../crds/report.ts';
import type { RuneAgent, RuneJob } from '../../crds/types.ts';
import { fixtureSeconds } from './fixtures.ts';

/** What scoring, reporting and archiving may take after the active deadline before the kubelet ends the Pod. */
const KUBELET_SLACK_SECONDS = 120 + ARCHIVE_SECONDS;
/** The same, before the operator does. */
const REPORT_SLACK_SECONDS = 60 + ARCHIVE_SECONDS;

/** `activeDeadlineSeconds` of the Pod: the way to the runner, to the ask, and from there. The kubelet sees to it. */
export function podDeadlineSeconds(job: RuneJob, agent: RuneAgent): number {
  const { startDeadlineSeconds, activeDeadlineSeconds } = job.spec;
  const agentSeconds = agent.spec.container?.startTimeoutSeconds ?? 0;
  return startDeadlineSeconds + fixtureSeconds(job) + agentSeconds + activeDeadlineSeconds + KUBELET_SLACK_SECONDS;
}

/** How long a runner may run before the operator ends it, by what its Pod was made with, in seconds. */
export function runSeconds(pod: Pod, job: RuneJob): number {
  const { startDeadlineSeconds, activeDeadlineSeconds } = job.spec;
  const deadline = pod.spec?.activeDeadlineSeconds;
  if (deadline === undefined) return activeDeadlineSeconds + REPORT_SLACK_SECONDS;
  return deadline - startDeadlineSeconds - KUBELET_SLACK_SECONDS + REPORT_SLACK_SECONDS;
}
