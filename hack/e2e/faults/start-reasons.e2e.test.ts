import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiResource, RUNE_AGENTS, RUNE_BACKENDS, SECRETS } from '../../../controllers/kube/resource.ts';
import { SECRET_TYPE, type StartedReason } from '../../../crds/names.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';
import { condition, JobHistory } from './job-history.ts';

type Case = {
  name: string;
  choice?: JobChoice;
  /** Name of the agent, where it is not the scene's. */
  agent?: (scene: Scene) => string;
  /** Name of the RuntimeClass, which is made for it. */
  runtimeClass?: (scene: Scene) => string;
  reason: StartedReason;
  /** What the message must name. */
  says: string | RegExp;
};

const startDeadlineSeconds = 8;
/** The most that may pass from a job's creation until its status says why it waits. */
const reasonWithinMilliseconds = 5000;

const cases: Case[] = [
  {
    name: 'no-node-fits',
    choice: { pod: { nodeSelector: { 'e2e.rune.ai/no-such-node': 'true' } } },
    reason: 'Unschedulable',
    says: 'nodes are available',
  },
  { name: 'no-secret', choice: { backend: 'secret-missing' }, reason: 'SecretNotFound', says: '"absent"' },
  { name: 'no-key', choice: { backend: 'key-missing' }, reason: 'SecretNotFound', says: '"apiKey"' },
  {
    name: 'wrong-agent',
    agent: () => 'no-such-agent',
    reason: 'AgentNotFound',
    says: '"no-such-agent"',
  },
  {
    name: 'agent-unavailable',
    agent: ({ namespace }) => `${namespace}-closed`,
    reason: 'AgentNotCallable',
    says: 'no interface for programs',
  },
  { name: 'wrong-backend', choice: { backend: 'absent' }, reason: 'BackendNotFound', says: '"absent"' },
  { name: 'backend-away', choice: { backend: 'unreachable' }, reason: 'BackendNotReady', says: '"unreachable"' },
  {
    name: 'no-class',
    choice: { pod: { runtimeClassName: 'no-such-class' } },
    reason: 'PodRefused',
    says: 'no-such-class',
  },
  {
    name: 'no-runtime',
    runtimeClass: ({ namespace }) => `${namespace}-ghost`,
    reason: 'ContainerConfig',
    says: 'no runtime for "ghost"',
  },
];

const RUNTIME_CLASSES: ApiResource = {
  group: 'node.k8s.io',
  version: 'v1',
  plural: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
};

let scene: Scene;
let history: JobHistory;

beforeAll(async () => {
  scene = await Scene.open('reasons');
  history = await JobHistory.of(scene);
  const baseURL = `${scriptedURL}/v1`;
  const openai = (name: string) => ({ openai: { baseURL, apiKeySecretRef: { name } }, maxConcurrentJobs: 8 });
  await scene.create(SECRETS, { metadata: { name: 'empty' }, type: SECRET_TYPE.apiKey, stringData: { other: 'x' } });
  await scene.backend('secret-missing', openai('absent'));
  await scene.backend('key-missing', openai('empty'));
  const nowhere = { openai: { baseURL: 'http://nobody.is.there.invalid:1/v1' } };
  await scene.create(RUNE_BACKENDS, { metadata: { name: 'unreachable' }, spec: nowhere });
  const unavailable = { reason: 'It offers no interface for programs.', since: '2026-10-01' };
  const spec = { displayName: 'Closed', domain: 'LegalOps', tier: 'Closed', unavailable };
  await scene.create(RUNE_AGENTS, { metadata: { name: `${scene.namespace}-closed` }, spec });
  const ghost = { metadata: { name: `${scene.namespace}-ghost` }, handler: 'ghost' };
  await scene.client.kube.create(RUNTIME_CLASSES, ghost);
  for (const { name, choice, agent, runtimeClass } of cases) {
    const ref = {
      ...(agent === undefined ? {} : { agent: { ref: { name: agent(scene) } } }),
      ...(runtimeClass === undefined ? {} : { pod: { runtimeClassName: runtimeClass(scene) } }),
    };
    await history.create(name, { ...choice, startDeadlineSeconds }, ref);
  }
  await history.create('held', { suspend: true, startDeadlineSeconds });
});

afterAll(async () => {
  await scene.client.kube.remove(RUNE_AGENTS, `${scene.namespace}-closed`, undefined);
  await scene.client.kube.remove(RUNTIME_CLASSES, `${scene.namespace}-ghost`, undefined);
  await history.stop();
  await scene.close();
});

describe.each(cases)('$name', ({ name, reason, says }) => {
  test(`says ${reason} in a sentence, within 5 s`, async () => {
    const seen = await history.until(name, reason, (job) => condition(job, 'Started')?.reason === reason);
    const { status, message = '' } = condition(seen.job, 'Started') ?? {};
    expect(status).toBe('False');
    expect(message).toMatch(says);
    expect(message).toMatch(/^[A-Z][^\n]+\.$/);
    expect(seen.millisecondsAfterCreation).toBeLessThanOrEqual(reasonWithinMilliseconds);
  });

  test('ends with InfraError at its start deadline, and says what it waited for', async () => {
    const status = await history.finished(name);
    expect(status.outcome).toBe('InfraError');
    const started = condition({ status }, 'Started');
    expect(started).toMatchObject({ status: 'False', reason: 'StartDeadlineExceeded' });
    expect(started?.message).toMatch(says);
    expect(condition({ status }, 'Stalled')?.status).toBe('True');
  });
});

test('a suspended job says so, has no deadline, and goes on when it is resumed', async () => {
  const seen = await history.until('held', 'Suspended', (job) => condition(job, 'Started')?.reason === 'Suspended');
  expect(seen.millisecondsAfterCreation).toBeLessThanOrEqual(reasonWithinMilliseconds);
  // All others have met theirs by now.
  await Promise.all(cases.map(async ({ name }) => history.finished(name)));
  await history.patch('held', { suspend: false });
  expect((await history.finished('held')).outcome).toBe('Answered');
});
