import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PODS, RUNE_AGENTS } from '../../../controllers/kube/resource.ts';
import { AGENT_CONTAINER } from '../../../crds/names.ts';
import { condition } from '../faults/job-history.ts';
import { type JobChoice, Scene } from '../scene.ts';

type Case = { name: string; choice?: JobChoice; agent?: Parameters<Scene['agentInContainer']>[1]; status: object };

const startDeadlineSeconds = 45;
const little = { resources: { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } } };
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

const agentErrors: Case[] = [
  {
    name: 'exits',
    choice: { prompt: '<<agent: exit 3>>' },
    status: attemptWith('AgentRestarted', /exit code 3 \(Error\)\.$/),
  },
  {
    name: 'runs-out-of-memory',
    choice: { prompt: '<<agent: oom>>' },
    agent: little,
    status: attemptWith('AgentOutOfMemory', /\(limit: 128Mi\).*RuneAgent\.$/),
  },
  {
    name: 'crashes-at-once',
    agent: { command: ['sh', '-c', 'exit 7'], startTimeoutSeconds: 20 },
    // On a slow node the runner may come to run between two crashes.
    status: attemptWith(matching(/^Agent(Crashed|NotReady)$/), /exit code 7 \(Error\)\.$/),
  },
  {
    name: 'has-no-command',
    agent: { command: ['no-such-command'] },
    status: attemptWith('AgentCrashed', /no-such-command/),
  },
  {
    name: 'fills-a-volume',
    choice: { prompt: '<<agent: fill-dense artifacts 120>> <<agent: never>>' },
    status: attemptWith('AgentDiskFull', /"artifacts" above 96Mi\.$/),
  },
];

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('agents');
  const plain = await scene.agentInContainer('plain');
  const needy = await scene.agentInContainer('needy', {}, { needsKubernetes: true });
  const absent = await scene.agentInContainer('absent', { image: 'registry.invalid/no-such-agent:1' });
  // First, since its time to start runs while others are before it.
  await scene.job('has-no-image', { agent: absent, startDeadlineSeconds });
  for (const { name, choice, agent } of agentErrors) {
    const ref = agent === undefined ? plain : await scene.agentInContainer(name, agent);
    await scene.job(name, { ...choice, agent: ref });
  }
  const pod = { serviceAccountName: 'default' };
  await scene.job('looks', { agent: plain, prompt: '<<agent: look>>' });
  await scene.job('spies', { agent: plain, prompt: '<<agent: read-secrets>>' });
  await scene.job('spies-with-account', { agent: plain, prompt: '<<agent: read-secrets>>', pod });
  const expected = [{ exact: { value: 'Paris' } }];
  await scene.job('asks', { agent: plain, prompt: 'Where? <<agent: ask>> <<answer: Paris>>', expect: expected });
  await scene.job('needs-an-account', { agent: needy });
});

afterAll(async () => scene.close());

test('an answer of an agent in a restricted Pod is scored, and both images are told', async () => {
  const { status } = await scene.finished('asks');
  expect(status).toMatchObject({
    outcome: 'Passed',
    usage: { modelCalls: 1 },
    provenance: { agentImage: matching(/sha256:/), agentVersion: '6.6.6', driver: 'hostile-agent 1' },
  });
});

test('an agent has an id, a root that it cannot write, and none of what the runner has', async () => {
  const seen = JSON.parse(await answerOf('looks')) as Record<string, unknown>;
  expect(seen).toMatchObject({
    uid: 65533,
    gid: 65533,
    groups: [65532, 65533],
    capabilities: '0000000000000000',
    noNewPrivileges: '1',
    seccomp: '2',
    writable: ['/home/agent', '/tmp', '/artifacts'],
    environment: { HOME: '/home/agent', TMPDIR: '/tmp' },
  });
  const own = ['/artifacts', '/home/agent', '/tmp'];
  expect(seen['mounts']).toEqual(expect.arrayContaining(own));
  const foreign = (seen['mounts'] as string[]).filter((path) => /rune|secrets/.test(path));
  expect(foreign).toEqual([]);
});

test('an agent without an account reads no secret, no environment but its own, and nothing of the API', async () => {
  const seen = JSON.parse(await answerOf('spies')) as Spied;
  const { '/proc/1/environ': own, '/dev/termination-log': report, ...others } = seen.files;
  expect(Object.values(others)).toEqual(Array(4).fill('no: ENOENT'));
  // It has one of its own, which nobody reads.
  expect(report).toMatch(/^$|^no: /);
  expect(seen.environments.filter((text) => !text.startsWith('no: ') && text !== own)).toEqual([]);
  expect(seen.api).toMatch(/^status 40[13]$/);
});

test('an agent with an account has its token, as any Pod would', async () => {
  const { files } = JSON.parse(await answerOf('spies-with-account')) as Spied;
  expect(files['/var/run/secrets/kubernetes.io/serviceaccount/token']).toMatch(/^eyJ/);
  const pod = await scene.client.kube.get(PODS, 'spies-with-account-1', scene.namespace);
  expect(JSON.stringify(pod?.spec?.containers)).not.toContain('serviceaccount');
});

describe("is the agent's doing, once, and says so", () => {
  test.each(agentErrors)('$name', async ({ name, status }) => {
    const job = await scene.finished(name);
    expect(job.status).toMatchObject({ outcome: 'AgentError', attempt: 1, ...status });
    expect(condition(job, 'Succeeded')?.status).toBe('True');
  });
});

test('an agent that needs an account and gets none is not even started', async () => {
  const job = await scene.finished('needs-an-account');
  expect(job.status).toMatchObject({ outcome: 'InfraError' });
  expect(job.status).not.toHaveProperty('attempts');
  expect(condition(job, 'Started')).toMatchObject({
    reason: 'ServiceAccountRequired',
    message: matching(/spec\.pod\.serviceAccountName/),
  });
});

test('an image that cannot be pulled is waited for until the start deadline, and is named', async () => {
  const { status } = await scene.finished('has-no-image');
  expect(status).toMatchObject({
    outcome: 'InfraError',
    attempts: [
      { reason: 'StartDeadlineExceeded', message: matching(/agent's image registry\.invalid\/no-such-agent:1/) },
    ],
  });
});

test('a RuneAgent in a container is callable', async () => {
  const agent = await scene.client.kube.get(RUNE_AGENTS, `${scene.namespace}-plain`, undefined);
  expect(agent?.spec.container?.image).toBe(inject('e2e').hostileAgentImage);
  expect(agent?.status?.conditions?.find(({ type }) => type === 'Callable')?.status).toBe('True');
});

type Spied = { files: Record<string, string>; environments: string[]; api: string };

function attemptWith(reason: string, message: RegExp) {
  return { attempts: [{ outcome: 'AgentError', reason, message: matching(message) }] };
}

/** The whole of what the agent said, from its own log. */
async function answerOf(job: string): Promise<string> {
  await scene.finished(job);
  const log = await scene.kubectl.run(['logs', `${job}-1`, '-n', scene.namespace, '-c', AGENT_CONTAINER]);
  return /^answer: (.*)$/m.exec(log)?.[1] ?? '';
}
