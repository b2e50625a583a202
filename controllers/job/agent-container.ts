import { RUNNER_FILE } from '../../crds/job-file.ts';
import { AGENT_MEMORY_LIMIT } from '../../crds/make-job-file.ts';
import { AGENT_CONTAINER } from '../../crds/names.ts';
import type { RuneAgent, RuneJob } from '../../crds/types.ts';
import { agentAccountMounts } from './account.ts';
import { type Resources, withDefaults } from './resources.ts';

type Container = NonNullable<RuneAgent['spec']['container']>;

/** Not the runner's, so that neither can signal the other or open its files. */
const AGENT_UID = 65533;
const DEFAULT_RESOURCES: Resources = {
  requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '128Mi' },
  limits: { cpu: '1', memory: AGENT_MEMORY_LIMIT, 'ephemeral-storage': '1Gi' },
};
const HOME = '/home/agent';
const TMP = '/tmp';

const ENVIRONMENT = [
  { name: 'HOME', value: HOME },
  { name: 'TMPDIR', value: TMP },
];

/** The volumes that an agent can write, with their bounds. The runner accepts 64 MiB of artifacts. */
const WRITABLE = {
  artifacts: { mountPath: RUNNER_FILE.artifacts, sizeLimit: '96Mi' },
  'agent-home': { mountPath: HOME, sizeLimit: '256Mi' },
  'agent-tmp': { mountPath: TMP, sizeLimit: '256Mi' },
} as const;

/** Whether a full volume of this name is the agent's doing. */
export function isAgentVolume(name: string): boolean {
  return name in WRITABLE;
}

/**
 * The container that an agent lives in: a native sidecar, which starts before the runner and ends after it. It has nothing
 * of the runner's but the network, and no probe: the runner asks it itself, and says what came of it.
 */
export function agentContainer(job: RuneJob, container: Container) {
  const { image, command, args, env = [], resources } = container;
  return {
    name: AGENT_CONTAINER,
    image,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    restartPolicy: 'Always',
    env: [...ENVIRONMENT.filter(({ name }) => env.every((given) => given.name !== name)), ...env],
    resources: withDefaults(resources, DEFAULT_RESOURCES),
    securityContext: {
      runAsUser: AGENT_UID,
      runAsGroup: AGENT_UID,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      ...Object.entries(WRITABLE).map(([name, { mountPath }]) => ({ name, mountPath })),
      ...agentAccountMounts(job),
    ],
  };
}

export function agentVolumes() {
  return Object.entries(WRITABLE).map(([name, { sizeLimit }]) => ({ name, emptyDir: { sizeLimit } }));
}

/** How the runner sees what the agent left. */
export function artifactsMount() {
  return { name: 'artifacts', mountPath: RUNNER_FILE.artifacts, readOnly: true };
}
