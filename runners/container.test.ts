import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Report } from '../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../hack/e2e/scripted-model/server.ts';
import {
  type AgentScript,
  type AgentServer,
  type Handler,
  type Params,
  sendJSON,
  startAgentServer,
} from './testing/agent-server.ts';
import { type AskAgent, askAgent } from './testing/ask-agent.ts';

// Machines may be busy.
vi.setConfig({ testTimeout: 60_000 });

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

async function run(script: AgentScript, way: AskAgent = {}) {
  const server = await startAgentServer(script);
  servers.push(server);
  return { ...(await askAgent(server.url, { modelURL: `${model.url}/v1`, ...way })), server };
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
    const server = await startAgentServer();
    servers.push(server);
    await server.close();
    const asking = askAgent(server.url);
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

  it('that gave up at a stream that hung is not to blame', async () => {
    const work = async ({ base_url, model: name }: Params): Promise<void> => {
      const body = JSON.stringify({ model: name, stream: true, messages: [{ role: 'user', content: 'x' }] });
      await fetch(`${base_url}/chat/completions`, { method: 'POST', body, signal: AbortSignal.timeout(1_200) }).catch(
        () => undefined,
      );
    };
    const way = { model: 'hang', job: { activeDeadlineSeconds: 2 } };
    expect((await run({ work, ...failing('timeout') }, way)).report).toMatchObject({
      outcome: 'BackendError',
      reason: 'TimedOut',
    });
  });

  it('has its events told as its own, without the key, and its tools counted', async () => {
    const apiKey = 'sk-0123456789abcdef';
    const events = [
      { event: 'log', message: `the key is ${apiKey}` },
      { event: 'progress', message: 'half', percent: 50 },
      { event: 'tool', name: 'search', arguments: { q: apiKey }, status: 'ok', milliseconds: 5 },
      { event: 'tool', name: 'read' },
      { event: 'of-a-later-version' },
    ];
    const result = { answer: 'Paris', usage: { input_tokens: 7, output_tokens: 3 }, agent_version: '2.0' };
    const script = { events, work: callModel, outcome: { status: 'ok', result } };
    const { report, lines } = await run(script, { apiKey, model: 'tool:search' });
    const own = lines.filter(({ from }) => from === 'agent').map(({ v, seq, t, from, ...line }) => line);
    expect(own).toEqual([
      { type: 'log', message: 'the key is [key]' },
      { type: 'progress', message: 'half', percent: 50 },
      { type: 'tool', name: 'search', arguments: '{"q":"[key]"}', status: 'ok', milliseconds: 5 },
      { type: 'tool', name: 'read' },
      { type: 'usage', inputTokens: 7, outputTokens: 3 },
    ]);
    expect(report.usage.toolCalls).toBe(2);
    expect(report.provenance).toMatchObject({ driver: 'scripted 1.0', agentVersion: '2.0' });
  });

  it('has its findings counted and its files kept', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
    const work = ({ artifacts_dir: folder }: Params): void => {
      mkdirSync(`${folder}`);
      writeFileSync(`${folder}/report.md`, '# Paris');
    };
    const result = { answer: 'Paris', findings: [{ b: 1, a: 2 }, {}] };
    const { report, lines } = await run({ work, outcome: { status: 'ok', result } }, { artifacts });
    const file = { name: 'report.md', bytes: 7, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(report).toMatchObject({
      findings: { count: 2, sha256: createHash('sha256').update('[{"a":2,"b":1},{}]').digest('hex') },
      artifacts: [{ ...file, type: 'text/markdown' }],
    });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'artifact', mediaType: 'text/markdown', ...file }));
    rmSync(artifacts, { recursive: true });
  });

  it('that leaves too much fails', async () => {
    const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
    const work = ({ artifacts_dir: folder }: Params): void => {
      mkdirSync(`${folder}`);
      for (let index = 0; index <= 64; index++) writeFileSync(`${folder}/${index}`, '');
    };
    const { report } = await run({ work }, { artifacts });
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'ArtifactsTooLarge' });
    rmSync(artifacts, { recursive: true });
  });
});
