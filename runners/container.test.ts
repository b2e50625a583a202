import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../hack/e2e/scripted-model/server.ts';
import { parseQuestion } from './question.ts';
import { runJob } from './run.ts';
import { eventLog } from './sink/events.ts';
import {
  type AgentScript,
  type AgentServer,
  type Handler,
  type Params,
  sendJSON,
  startAgentServer,
} from './testing/agent-server.ts';
import { testJob } from './testing/job.ts';

let model: ScriptedModel;
let servers: AgentServer[] = [];
beforeAll(async () => {
  model = await startScriptedModel();
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close().catch(() => undefined)));
  servers = [];
});
afterAll(() => model.close());

const CONTAINER = { startTimeoutSeconds: 5, memoryLimit: '1Gi' };

function jobFor(name: string, more: Partial<JobFile> = {}): JobFile {
  const { agent, ...base } = testJob({ model: { name } });
  const { openai, ...rest } = agent;
  const backend = { ...base.backend, url: `${model.url}/v1` };
  return { ...base, backend, agent: { ...rest, container: CONTAINER }, ...more };
}

type Way = { job?: Partial<JobFile>; model?: string; question?: object; apiKey?: string; terminate?: AbortSignal };

async function serve(script: AgentScript): Promise<AgentServer> {
  const server = await startAgentServer(script);
  servers.push(server);
  return server;
}

async function run(script: AgentScript, way: Way = {}) {
  return ask(await serve(script), way);
}

async function ask(server: AgentServer, way: Way = {}) {
  const lines: string[] = [];
  const report = await runJob({
    job: jobFor(way.model ?? 'answer:Paris', way.job),
    question: parseQuestion(
      JSON.stringify(way.question ?? { prompt: 'Which city?', expect: [{ contains: { all: ['Paris'] } }] }),
    ),
    apiKey: way.apiKey,
    agentURL: server.url,
    artifacts: '/nowhere',
    clock: () => performance.now(),
    start: { monotonic: performance.now(), time: new Date() },
    events: eventLog({ write: (line, written) => lines.push(line) && written(), drain: () => {} }, () => new Date()),
    terminate: way.terminate ?? new AbortController().signal,
    runnerVersion: '1.2.3',
  });
  return { report, lines: lines.map((line) => JSON.parse(line) as { [field: string]: unknown }), server };
}

/** Calls the model as an agent does, through the meter. */
async function callModel({ base_url, model: name }: Params): Promise<void> {
  const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'x' }] });
  const answer = await fetch(`${base_url}/chat/completions`, { method: 'POST', body });
  await answer.text();
}

const failing = (kind: string, message = 'it broke'): AgentScript => ({
  outcome: { status: 'error', error: { kind, message } },
});

describe('an agent in a container', () => {
  it('is asked with all that the protocol names, and its answer is scored', async () => {
    const { report, server } = await run(
      {},
      {
        question: { prompt: 'Which city?', context: 'A log.', expect: [{ contains: { all: ['Paris'] } }] },
        job: { seed: 7 },
      },
    );
    expect(report).toMatchObject({
      outcome: 'Passed',
      reason: 'Scored',
      usage: { modelCalls: 0 },
      provenance: { driver: 'scripted 1.0', agentVersion: '0.9' },
    });
    expect(server.asked).toEqual([
      {
        question: 'Which city?',
        context: 'A log.',
        model: 'answer:Paris',
        base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
        backend_type: 'openai',
        options: {},
        seed: 7,
        deadline_seconds: 30,
        artifacts_dir: '/nowhere/1',
        namespace: 'demo',
      },
    ]);
    expect(report.timings).toMatchObject({
      agentStartMilliseconds: expect.any(Number),
      agentMilliseconds: expect.any(Number),
    });
    expect(report.timings.firstCallMilliseconds).toBeUndefined();
  });

  it('calls the model through the meter, whose record is reported', async () => {
    const { report } = await run({ work: callModel }, { model: 'answer:Paris/tokens:100:20/job:metered' });
    expect(report.usage).toMatchObject({ inputTokens: 100, outputTokens: 20, modelCalls: 1 });
    expect(report.timings.firstCallMilliseconds).toBeGreaterThanOrEqual(0);
  });

  it('may answer at once', async () => {
    const on = {
      ask: (response: Parameters<Handler>[0]) => sendJSON(response, { status: 'ok', result: { answer: 'Paris' } }),
    };
    expect((await run({ on })).report).toMatchObject({ outcome: 'Passed' });
  });

  it('is waited for', async () => {
    const server = await serve({});
    await server.close();
    const asking = ask(server);
    await server.reopen('boot-1');
    expect((await asking).report).toMatchObject({ outcome: 'Passed' });
  });

  it.each<[string, Partial<Report>]>([
    ['agent', { outcome: 'AgentError', reason: 'AgentFailed', message: 'The agent failed: it broke.' }],
    ['of-a-later-version', { outcome: 'AgentError', reason: 'AgentFailed' }],
    ['exit', { outcome: 'AgentError', reason: 'AgentFailed' }],
    ['bad_option', { outcome: 'AgentError', reason: 'BadOption' }],
    ['model', { outcome: 'AgentError', reason: 'AgentFailed' }],
    ['timeout', { outcome: 'AgentTimeout', reason: 'AgentGaveUp' }],
    ['infrastructure', { outcome: 'InfraError', reason: 'AgentUnequipped', retryable: true }],
    ['protocol', { outcome: 'AgentError', reason: 'AgentProtocol' }],
    ['output_too_large', { outcome: 'AgentError', reason: 'AgentOutputTooLarge' }],
    [
      'out_of_memory',
      {
        outcome: 'AgentError',
        reason: 'AgentOutOfMemory',
        message:
          'The agent ran out of memory: it broke. Raise spec.container.resources.limits.memory of RuneAgent "direct" (it is 1Gi now).',
      },
    ],
  ])('that reports %s', async (kind, expected) => {
    expect((await run(failing(kind))).report).toMatchObject({ retryable: false, ...expected });
  });

  it.each<[string, string, Partial<Report>]>([
    ['model', 'error:429', { outcome: 'Throttled', reason: 'RateLimited' }],
    ['exit', 'error:500', { outcome: 'BackendError', reason: 'ServerError' }],
    ['agent', 'no-such-model', { outcome: 'BackendError', reason: 'ModelNotFound' }],
  ])('that reports %s after %s is not to blame', async (kind, behaviour, expected) => {
    expect((await run({ work: callModel, ...failing(kind) }, { model: behaviour })).report).toMatchObject(expected);
  });

  it('that answers after its last call failed has not answered', async () => {
    expect((await run({ work: callModel }, { model: 'error:500' })).report).toMatchObject({ outcome: 'BackendError' });
  });
});
