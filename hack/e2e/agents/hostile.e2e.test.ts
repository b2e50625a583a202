import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGENT_CONTAINER, RUNNER_CONTAINER } from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import { type JobChoice, Scene } from '../scene.ts';

type Case = { name: string; choice: JobChoice; status: object };

const secret = 'Lutetia-5f0c2b3e';
const expected = [{ contains: { all: [secret] } }];
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

/** What an agent in a container may do to be asked in vain; the question holds an expected answer each time. */
const failures: Case[] = [
  failing('exits', '<<agent: exit 1>>', 'AgentError', 'AgentRestarted', /exit code 1/),
  failing('prints-rubbish', '<<agent: rubbish>>', 'AgentError', 'AgentProtocol', /not JSON/),
  failing('never-answers', '<<agent: never>>', 'AgentTimeout', 'DeadlineExceeded', /activeDeadlineSeconds/, 5),
  failing('is-deaf', '<<agent: deaf>>', 'AgentTimeout', 'DeadlineExceeded', /activeDeadlineSeconds/, 5),
  failing('lies', '<<agent: lie>>', 'AgentError', 'EmptyAnswer', /empty answer/),
  failing('has-no-answer', '<<agent: no-answer>>', 'AgentError', 'AgentProtocol', /answer/),
  failing('answers-100-mib', '<<agent: long 104857600>>', 'AgentError', 'AgentOutputTooLarge', /1 MiB/),
  failing('fills-sparse', '<<agent: fill-sparse artifacts 1048576>>', 'AgentError', 'ArtifactsTooLarge', /64 MiB/),
  failing('fills-beyond-the-bound', '<<agent: fill-dense artifacts 70>>', 'AgentError', 'ArtifactsTooLarge', /64 MiB/),
  failing('blames-the-cluster', '<<agent: error infrastructure>>', 'InfraError', 'AgentUnequipped', /told to fail/),
];

/** What does no harm: the job passes all the same. */
const harmless: Case[] = [
  passing('floods-its-output', `<<agent: flood 100>> <<agent: answer ${secret}>>`, {}),
  passing('tells-100000-events', `<<agent: events 100000>> <<agent: answer ${secret}>>`, {
    events: { count: expect.any(Number), dropped: expect.any(Number) },
  }),
  passing('leaves-processes', `<<agent: fork 50>> <<agent: answer ${secret}>>`, {}),
  passing('leaves-hostile-files', `<<agent: hostile-files>> <<agent: answer ${secret}>>`, {
    artifacts: expect.arrayContaining([expect.objectContaining({ name: 'good.txt', type: 'text/plain' })]),
  }),
  passing('leaves-an-artifact', `<<agent: artifact report.md>> <<agent: answer ${secret}>>`, {
    artifacts: [
      { name: 'report.md', type: 'text/markdown', bytes: expect.any(Number), sha256: matching(/^[0-9a-f]{64}$/) },
    ],
  }),
];

let scene: Scene;
let spied: Scene;

beforeAll(async () => {
  scene = await Scene.open('hostile');
  const agent = await scene.agentInContainer('hostile');
  for (const { name, choice } of [...failures, ...harmless]) await scene.job(name, { agent, ...choice });
  const pod = { serviceAccountName: 'viewer' };
  // In a namespace without answers of others.
  spied = await Scene.open('spied');
  await spied.viewer('viewer');
  await spied.job('spies', { agent, prompt: '<<agent: read-secrets>>', expect: expected, pod });
});

afterAll(async () => {
  await scene.close();
  await spied.close();
});

describe('is told by its outcome, with what a person can do', () => {
  test.each(failures)('$name', async ({ name, status }) => {
    const job = await scene.finished(name, 300);
    expect(job.status).toMatchObject(status);
  });
});

describe('does no harm', () => {
  test.each(harmless)('$name', async ({ name, status }) => {
    const job = await scene.finished(name, 300);
    expect(job.status).toMatchObject(status);
  });
});

test('no runner was ended for its memory, and none is left', async () => {
  for (const { name } of [...failures, ...harmless]) await scene.finished(name, 300);
  const found = await scene.kubectl.run(['get', 'pods', '-n', scene.namespace, '-o', 'json']);
  const pods = (JSON.parse(found) as { items: Pod[] }).items;
  const reasons = pods.map(({ status }) => {
    const runner = status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
    return [runner?.state?.terminated?.reason, runner?.lastState?.terminated?.reason];
  });
  expect(reasons.flat().filter((reason) => reason !== undefined && reason !== 'Completed')).toEqual([]);
});

test('with the role view, an agent finds the expected answer nowhere', async () => {
  const job = await spied.finished('spies', 300);
  const readable = job.status.conditions?.find(({ type }) => type === 'ExpectedAnswersReadable');
  expect(readable).toMatchObject({ status: 'False' });
  const here = ['--namespace', spied.namespace];
  const agentLog = await spied.kubectl.run(['logs', 'spies-1', ...here, '-c', AGENT_CONTAINER]);
  expect(agentLog).toContain('read-secrets');
  // All that the account may read of its namespace, with its own rights.
  const asAgent = [...here, `--as=system:serviceaccount:${spied.namespace}:viewer`];
  const seen = await spied.kubectl.run(['get', 'pods,events,configmaps,serviceaccounts', '-o', 'json', ...asAgent]);
  expect(seen).toContain('spies-1');
  const runnerLog = await spied.kubectl.run(['logs', 'spies-1', '-c', RUNNER_CONTAINER, ...asAgent]);
  expect(runnerLog).toContain('"type":"result"');
  for (const text of [agentLog, seen, runnerLog]) expect(text).not.toContain(secret);
  for (const kind of ['runejobs', 'secrets']) {
    await expect(spied.kubectl.run(['get', kind, ...asAgent])).rejects.toThrow(/forbidden/i);
  }
});

function failing(name: string, prompt: string, outcome: string, reason: string, says: RegExp, deadline = 60): Case {
  const choice = { prompt, expect: expected, activeDeadlineSeconds: deadline, backoffLimit: 0 };
  return { name, choice, status: { outcome, attempts: [{ outcome, reason, message: matching(says) }] } };
}

function passing(name: string, prompt: string, status: object): Case {
  return { name, choice: { prompt, expect: expected }, status: { outcome: 'Passed', ...status } };
}
