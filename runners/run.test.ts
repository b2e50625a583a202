import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../hack/e2e/scripted-model/server.ts';
import { parseQuestion } from './question.ts';
import { runJob } from './run.ts';
import { eventLog } from './sink/events.ts';
import { testJob } from './testing/job.ts';

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

const WIRES = (['openai', 'ollama'] as const).flatMap((wire) => [true, false].map((stream) => ({ wire, stream })));
type Way = (typeof WIRES)[number];

const QUESTION = JSON.stringify({
  prompt: 'What is the capital of France?',
  expect: [{ contains: { all: ['Paris'] } }],
});

const PRICES = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2', cachedInputPerMillionTokensUSD: '0.5' };

let jobs = 0;

/** Asks a scripted model of its own, so that the server's counts are those of this job. */
async function run(
  { wire, stream }: Way,
  behaviour: string,
  more: Partial<JobFile> = {},
  question = QUESTION,
  isPriced = true,
) {
  jobs += 1;
  const name = `${behaviour}/job:${jobs}`;
  const lines: string[] = [];
  const base = testJob({
    model: { name },
    agent: { openai: { stream } },
    ...(isPriced && { prices: PRICES }),
  });
  const url = wire === 'openai' ? `${model.url}/v1` : model.url;
  const job: JobFile = { ...base, backend: { ...base.backend, type: wire, url }, ...more };
  const start = { monotonic: performance.now(), time: new Date() };
  const report = await runJob({
    job,
    question: parseQuestion(question),
    apiKey: undefined,
    agentURL: 'http://127.0.0.1:9',
    artifacts: '/nowhere',
    clock: () => performance.now(),
    start,
    events: eventLog({ write: (line, written) => lines.push(line) && written(), drain: () => {} }, () => new Date()),
    terminate: new AbortController().signal,
    runnerVersion: '1.2.3',
  });
  return { report, lines, served: model.stats({ model: job.model.name }) };
}

/** What the server counted, in the report's words. */
function counted(served: Awaited<ReturnType<typeof run>>['served']): Report['usage'] {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens, requests } = served.totals;
  return { inputTokens, outputTokens, cachedTokens, reasoningTokens, modelCalls: requests, estimated: false };
}

describe.each(WIRES)('over $wire, stream $stream', (way) => {
  it('reports what the model server counted', async () => {
    const { report, lines, served } = await run(way, 'thinking:well/answer:It_is_Paris/tokens:120:30:20:5');
    expect(served.requests).toHaveLength(1);
    expect(report).toMatchObject({
      outcome: 'Passed',
      reason: 'Scored',
      message: '',
      retryable: false,
      scorePermille: 1000,
      scores: '1',
    });
    expect(report.usage).toMatchObject({ ...counted(served), toolCalls: 0 });
    // 100 at 1, 20 cached at 0.5 and 30 at 2 US dollars a million; over Ollama nothing is known of a cache.
    expect(report.costMicroUSD).toBe(way.wire === 'openai' ? 170 : 180);
    expect(report.answer).toEqual({
      excerpt: 'It is Paris',
      bytes: 11,
      sha256: createHash('sha256').update('It is Paris').digest('hex'),
    });
    expect(report.provenance).toMatchObject({
      runnerVersion: '1.2.3',
      questionSHA256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(report.events).toEqual({
      count: lines.length,
      dropped: 0,
      sha256: createHash('sha256').update(lines.join('')).digest('hex'),
    });
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'progress',
      'usage',
      'score',
      'result',
    ]);
  });

  it('times the ask, the first token and the score', async () => {
    const { report } = await run(way, 'words:5/slow:20/delay:50');
    const {
      agentStartMilliseconds,
      firstTokenMilliseconds,
      agentMilliseconds = 0,
      scoringMilliseconds,
    } = report.timings;
    expect(agentStartMilliseconds).toBeGreaterThanOrEqual(0);
    expect(agentMilliseconds).toBeGreaterThanOrEqual(50);
    expect(scoringMilliseconds).toBeGreaterThanOrEqual(0);
    if (way.stream) expect(firstTokenMilliseconds).toBeLessThan(agentMilliseconds);
    else expect(firstTokenMilliseconds).toBeUndefined();
  });

  it('counts the tool calls that the model asked for', async () => {
    const { report, lines } = await run(way, 'tool:search/answer:Paris');
    expect(report.usage.toolCalls).toBe(1);
    expect(lines.join('')).toContain('"type":"tool","call":1,"name":"search"');
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'EmptyAnswer' });
  });

  it('scores a wrong answer as one', async () => {
    const { report } = await run(way, 'answer:Lyon');
    expect(report).toMatchObject({ outcome: 'Failed', reason: 'Scored', scorePermille: 0, scores: '0' });
  });

  it('answers without a score where nothing is expected', async () => {
    const { report } = await run(way, 'answer:Lyon', {}, '{"prompt":"Hello"}');
    expect(report).toMatchObject({ outcome: 'Answered', reason: 'NotScored' });
    expect(report.scorePermille).toBeUndefined();
    expect(report.timings.scoringMilliseconds).toBeUndefined();
  });

  it('says when usage is estimated', async () => {
    const { report } = await run(way, 'answer:It_is_Paris/no-usage');
    expect(report).toMatchObject({ outcome: 'Passed', usage: { estimated: true, outputTokens: 3 } });
  });

  it('tells an empty answer from a wrong one', async () => {
    const { report, served } = await run(way, 'empty');
    expect(report).toMatchObject({
      outcome: 'AgentError',
      reason: 'EmptyAnswer',
      retryable: false,
      usage: counted(served),
    });
  });

  it('keeps a long answer out of the report but for its beginning', async () => {
    const { report, lines } = await run(way, 'long:2m');
    expect(report.answer?.bytes).toBe(2 * 1024 * 1024);
    expect(report.answer?.excerpt).toHaveLength(1024);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(12 * 1024);
  });

  it.each<[string, Partial<Report>]>([
    ['error:429/retry-after:7', { outcome: 'Throttled', reason: 'RateLimited', retryable: true, retryAfterSeconds: 7 }],
    ['error:500', { outcome: 'BackendError', reason: 'ServerError', retryable: true }],
    ['error:401', { outcome: 'BackendError', reason: 'KeyRefused', retryable: false }],
    ['error:403', { outcome: 'BackendError', reason: 'KeyRefused', retryable: false }],
    ['unknown-model', { outcome: 'BackendError', reason: 'ModelNotFound', retryable: false }],
    ['error:422', { outcome: 'BackendError', reason: 'RequestRefused', retryable: false }],
    ['too-long', { outcome: 'AgentError', reason: 'PromptTooLong', retryable: false }],
    ['redirect', { outcome: 'BackendError', reason: 'BadResponse', retryable: false }],
    ['wrong-type', { outcome: 'BackendError', reason: 'BadResponse', retryable: true }],
    ['malformed', { outcome: 'BackendError', reason: 'BadResponse', retryable: true }],
    ['reset', { outcome: 'BackendError', reason: 'Unreachable', retryable: true }],
    ['answer:a_b_c_d/cut-after:2', { outcome: 'BackendError', reason: 'StreamCut', retryable: true }],
    ['answer:a_b_c_d/error-after:2', { outcome: 'BackendError', reason: 'ServerError', retryable: true }],
  ])('%s', async (behaviour, expected) => {
    const { report, lines, served } = await run(way, behaviour);
    expect(report).toMatchObject(expected);
    expect(report.message).toMatch(/^[^\n]{10,300}\.$/);
    expect(report.answer).toBeUndefined();
    expect(report.usage.modelCalls).toBe(1);
    expect(served.requests.filter(({ path }) => path.includes('redirected'))).toEqual([]);
    expect(lines.at(-1)).toContain(`"outcome":"${expected.outcome}"`);
  });

  it.each(['hang', 'answer:a_b_c_d/hang-after:2'])('%s', async (behaviour) => {
    const backend = {
      ...testJob().backend,
      type: way.wire,
      url: way.wire === 'openai' ? `${model.url}/v1` : model.url,
    };
    const { report } = await run(way, behaviour, { backend: { ...backend, requestTimeoutSeconds: 1 } });
    expect(report).toMatchObject({ outcome: 'BackendError', reason: 'TimedOut', retryable: true });
    expect(report.message).toBe('The backend "scripted" sent nothing for 1 s (spec.requestTimeoutSeconds).');
  });

  it('reports the deadline, with what was used until then', async () => {
    const { report } = await run(way, 'answer:a_b_c_d/delay:5000', { activeDeadlineSeconds: 1 });
    // Only over a stream can it be seen that the backend had not begun to answer.
    if (way.stream) expect(report).toMatchObject({ outcome: 'BackendError', reason: 'TimedOut', retryable: true });
    else expect(report).toMatchObject({ outcome: 'AgentTimeout', reason: 'DeadlineExceeded', retryable: false });
    expect(report.usage).toMatchObject({ modelCalls: 1, estimated: true });
  });

  it('asks within a budget, and makes no call that cannot be priced', async () => {
    const within = await run(way, 'answer:Paris', { budget: { maxTokens: 1 } });
    expect(within.report.outcome).toBe('Passed');
    const unpriced = await run(way, 'answer:Paris', { budget: { maxCostUSD: '1' } }, QUESTION, false);
    expect(unpriced.report).toMatchObject({ outcome: 'BudgetExceeded', reason: 'BudgetSpent', retryable: false });
    expect(unpriced.report.message).toContain('needs inputPerMillionTokensUSD');
    expect(unpriced.report.usage.modelCalls).toBe(0);
    expect(unpriced.served.requests).toEqual([]);
  });
});

describe.each(WIRES)('what $wire, stream $stream, is sent', (way) => {
  it('names an option that it does not know, and asks nothing', async () => {
    const agent = { name: 'direct', openai: { stream: way.stream }, options: { temprature: 0 } };
    const { report, served } = await run(way, 'answer:Paris', { agent });
    expect(report).toMatchObject({
      outcome: 'AgentError',
      reason: 'BadOption',
      message: expect.stringContaining('"temprature"'),
    });
    expect(served.requests).toEqual([]);
    expect(report.usage.modelCalls).toBe(0);
  });

  it('has the limit on tokens', async () => {
    const agent = { name: 'direct', openai: { stream: way.stream }, options: { maxTokens: 2 } };
    const { report } = await run(way, 'answer:a_b_c_d', { agent });
    expect(report.answer?.excerpt?.trim()).toBe('a b');
  });

  it('has the system prompt', async () => {
    const agent = {
      name: 'direct',
      openai: { stream: way.stream, systemPrompt: 'Say it. <<answer: Paris>>' },
      options: {},
    };
    expect((await run(way, 'answer:no', { agent })).report.outcome).toBe('Passed');
    const replaced = { ...agent, options: { systemPrompt: '<<answer: Lyon>>' } };
    expect((await run(way, 'answer:no', { agent: replaced })).report.outcome).toBe('Failed');
  });
});
