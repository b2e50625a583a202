import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PODS } from '../../../controllers/kube/resource.ts';
import { type JobChoice, Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';

const account = 'looks';
/** All of the jobs stand in one line, two at a time, and HolmesGPT takes a core for some seconds to start. */
const timeout = 400_000;
const answer = 'The_image_does_not_exist';

/** What a model asks of each agent's tools, and what then comes of it. */
const agents = [
  {
    agent: 'langgraph',
    choice: {
      prompt: 'What is six times seven? <<tool: calculate {"expression":"6*7"}>>',
      expect: [{ number: { value: '42' } }, { toolCalls: { all: ['calculate'], max: 1 } }],
    },
  },
  {
    agent: 'holmesgpt',
    choice: {
      prompt:
        'Which ConfigMaps are there? <<tool: bash {"command":"kubectl get configmaps --namespace NAMESPACE","suggested_prefixes":["kubectl get"]}>>',
      expect: [{ contains: { all: ['kube-root-ca.crt'] } }, { toolCalls: { all: ['bash'] } }],
    },
  },
  {
    agent: 'k8sgpt',
    // It takes no question in words, so that the model's name says what the model does.
    choice: {
      model: `answer:${answer}`,
      options: { filters: ['Pod'], explain: true },
      expect: [
        { contains: { all: ['broken', answer.replaceAll('_', ' ')] } },
        { jsonPath: { of: 'Findings' as const, path: "$[?@.kind == 'Pod'].name" } },
        { toolCalls: { all: ['analyze'] } },
      ],
    },
  },
] satisfies { agent: string; choice: JobChoice }[];

const faults = [
  { fault: 'error:500', outcome: 'BackendError', reason: 'ServerError' },
  { fault: 'error:429', outcome: 'Throttled', reason: 'RateLimited' },
  { fault: 'hang', outcome: 'BackendError', reason: 'TimedOut' },
  { fault: 'no-such-model', outcome: 'BackendError', reason: 'ModelNotFound' },
];

const wrong = agents.flatMap(({ agent, choice }) =>
  faults.map((fault) => ({ agent, choice, ...fault, name: `${agent}-${fault.fault.replace(':', '-')}` })),
);

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('real');
  await scene.viewer(account);
  await scene.create(PODS, brokenPod());
  const slow = { maxConcurrentJobs: 2, requestTimeoutSeconds: 3 };
  await scene.backend('models', { openai: { baseURL: `${scriptedURL}/v1` }, ...slow });
  for (const { agent, choice } of agents) await ask(`${agent}-right`, agent, choice);
  for (const { name, agent, choice, fault } of wrong) {
    await ask(name, agent, { ...choice, model: fault, backoffLimit: 0 });
  }
  // Its analyzer gets 403, and K8sGPT itself says with exit code 0 that there is no problem.
  await ask('k8sgpt-blind', 'k8sgpt', { options: { filters: ['Pod'] }, pod: { serviceAccountName: 'default' } });
});

afterAll(async () => scene.close());

describe.each(agents)('$agent', ({ agent, choice }) => {
  test('answers right with a tool call, and used what the model counted', { timeout }, async () => {
    const job = await scene.finished(`${agent}-right`, 390);
    expect(job.status).toMatchObject({
      outcome: 'Passed',
      provenance: { agentImage: expect.stringMatching(/sha256:/) },
    });
    expect(job.status.provenance?.agentVersion).toMatch(/\d/);
    expect(job.status.usage?.toolCalls).toBeGreaterThan(0);
    const { requests, inputTokens, outputTokens } = (await scene.served(`${agent}-right`)).totals;
    expect(job.status.usage).toMatchObject({ modelCalls: requests, inputTokens, outputTokens });
    expect(requests).toBeGreaterThan(0);
    expect(choice.expect).toHaveLength(job.status.scores?.length ?? 0);
  });
});

test.each(wrong)("$name is told as the backend's: $reason", { timeout }, async ({ name, outcome, reason }) => {
  const { status } = await scene.finished(name, 390);
  expect(status).toMatchObject({ outcome, attempts: [{ outcome, reason }] });
  expect(status).not.toHaveProperty('answer');
});

test('an analyzer that failed is no namespace without a problem', { timeout }, async () => {
  const { status } = await scene.finished('k8sgpt-blind', 390);
  const message = expect.stringMatching(/forbidden/) as string;
  expect(status).toMatchObject({ outcome: 'AgentError', attempts: [{ reason: 'AgentFailed', message }] });
});

async function ask(name: string, agent: string, choice: JobChoice): Promise<void> {
  const { model, prompt = 'Anything.', ...rest } = choice;
  const named = [...(model === undefined ? [] : [model]), `job:${scene.namespace}.${name}`];
  await scene.job(name, {
    backend: 'models',
    agent,
    // A name that is no directive is a model that does not exist, and must stay one.
    model: model === 'no-such-model' ? model : named.join('/'),
    prompt: prompt.replaceAll('NAMESPACE', scene.namespace),
    pod: { serviceAccountName: account },
    ...rest,
  });
}

function brokenPod() {
  return {
    metadata: { name: 'broken' },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: 'localhost/no-such-image:1',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
