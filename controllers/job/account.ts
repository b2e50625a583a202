import { RUNNER_FILE } from '../../crds/job-file.ts';
import type { RuneAgent, RuneJob } from '../../crds/types.ts';
import { hasFixtures } from './fixtures.ts';

const TOKEN_SECONDS = 3600;
const ACCOUNT = 'service-account';
const FIXTURE_ACCOUNT = 'fixture-account';

/** Where the agent finds its account: as in any Pod, but by a volume that no other container has to have. */
export function agentAccountMounts(job: RuneJob) {
  return job.spec.pod?.serviceAccountName === undefined ? [] : [mountOf(ACCOUNT)];
}

/** The runner has an account only to make fixtures: one of its own, or the agent's. */
export function runnerAccountMounts(job: RuneJob) {
  if (!hasFixtures(job)) return [];
  if (job.spec.pod?.fixtureTokenSecret !== undefined) return [mountOf(FIXTURE_ACCOUNT)];
  return agentAccountMounts(job);
}

/** The volumes that the two need. */
export function accountVolumes(job: RuneJob, agent: RuneAgent) {
  const mounts = [...(agent.spec.container === undefined ? [] : agentAccountMounts(job)), ...runnerAccountMounts(job)];
  const isMounted = (name: string) => mounts.some((mount) => mount.name === name);
  const secretName = job.spec.pod?.fixtureTokenSecret ?? '';
  return [
    ...(isMounted(ACCOUNT) ? [tokenVolume()] : []),
    ...(isMounted(FIXTURE_ACCOUNT) ? [{ name: FIXTURE_ACCOUNT, secret: { secretName, defaultMode: 0o440 } }] : []),
  ];
}

function mountOf(name: string) {
  return { name, mountPath: RUNNER_FILE.account, readOnly: true };
}

/** What Kubernetes itself would mount, had it not been told to leave it. */
function tokenVolume() {
  return {
    name: ACCOUNT,
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_SECONDS } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}
