import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobFile } from '../crds/job-file.ts';
import { MAX_REPORT_BYTES, type Report } from '../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../hack/e2e/scripted-model/server.ts';
import { testJob } from './testing/job.ts';

// Each test starts a process, on machines that may be busy.
const TIMEOUT = { timeout: 30_000 };
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const QUESTION = { prompt: 'What is the capital of France?', expect: [{ exact: { value: 'Paris' } }] };

let model: ScriptedModel;
let folder: string;
beforeAll(async () => {
  model = await startScriptedModel();
  folder = await mkdtemp(join(tmpdir(), 'rune-runner-'));
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

type Started = {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stdout: string; stderr: string; report: Report }>;
};
let runs = 0;

/** Starts the runner as its container does, but with files of the test's own. */
async function start(
  job: unknown,
  question: unknown = QUESTION,
  apiKey?: string,
  node: string[] = [],
): Promise<Started> {
  runs += 1;
  const file = (name: string): string => join(folder, `${runs}-${name}`);
  await writeFile(file('job'), JSON.stringify(job));
  await writeFile(file('question'), JSON.stringify(question));
  if (apiKey !== undefined) await writeFile(file('key'), apiKey);
  const flags = [
    '--job',
    file('job'),
    '--question',
    file('question'),
    '--api-key',
    file('key'),
    '--report',
    file('report'),
  ];
  const child = spawn(process.execPath, [...node, MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(async ([code]) => {
    const text = await readFile(file('report'), 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_REPORT_BYTES);
    return { code: code as number | null, ...output, report: JSON.parse(text) as Report };
  });
  return { child, ended };
}

/** Options for Node with which it does something whenever it is about to load a module. */
function hook(code: string): string[] {
  const resolve = `resolve(specifier, context, next) { ${code} return next(specifier, context); }`;
  const source = `import { registerHooks } from 'node:module'; registerHooks({ ${resolve} });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

type Wire = JobFile['backend']['type'];

function jobFor(wire: Wire, name: string, more: Partial<JobFile> = {}): JobFile {
  const base = testJob({ model: { name } });
  const url = wire === 'openai' ? `${model.url}/v1` : model.url;
  return { ...base, ...more, backend: { ...base.backend, type: wire, url, ...more.backend } };
}

async function run(...args: Parameters<typeof start>) {
  return (await start(...args)).ended;
}

describe('the runner process', TIMEOUT, () => {
  it('reports a scored answer, and writes the event lines that it reports', async () => {
    const { code, stdout, stderr, report } = await run(jobFor('openai', 'answer:Paris/job:main'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { totals } = model.stats({ job: 'main' });
    expect(report).toMatchObject({
      v: 1,
      outcome: 'Passed',
      scorePermille: 1000,
      usage: {
        inputTokens: totals.inputTokens,
        outputTokens: totals.outputTokens,
        modelCalls: totals.requests,
        estimated: false,
      },
    });
    expect(report.events).toEqual({ count: 4, dropped: 0, sha256: createHash('sha256').update(stdout).digest('hex') });
    // From the process's start, so no less than Node itself takes.
    expect(report.timings.agentStartMilliseconds).toBeGreaterThan(10);
    expect(Math.abs(Date.parse(report.startTime) - Date.now())).toBeLessThan(60_000);
  });

  it.each<[string, Wire, boolean, Partial<Report>]>([
    [
      'error:429/retry-after:7',
      'openai',
      true,
      { outcome: 'Throttled', reason: 'RateLimited', retryable: true, retryAfterSeconds: 7 },
    ],
    ['error:500', 'ollama', true, { outcome: 'BackendError', reason: 'ServerError', retryable: true }],
    ['error:401', 'openai', false, { outcome: 'BackendError', reason: 'KeyRefused', retryable: false }],
    ['no-such-model', 'ollama', false, { outcome: 'BackendError', reason: 'ModelNotFound', retryable: false }],
    ['redirect', 'openai', true, { outcome: 'BackendError', reason: 'BadResponse', retryable: false }],
    ['hang', 'openai', false, { outcome: 'BackendError', reason: 'TimedOut', retryable: true }],
    ['answer:a_b_c/hang-after:2', 'ollama', true, { outcome: 'BackendError', reason: 'TimedOut', retryable: true }],
    ['answer:a_b_c/cut-after:2', 'openai', true, { outcome: 'BackendError', reason: 'StreamCut', retryable: true }],
    ['malformed', 'ollama', true, { outcome: 'BackendError', reason: 'BadResponse', retryable: true }],
    ['answer:a_b_c/error-after:2', 'openai', true, { outcome: 'BackendError', reason: 'ServerError', retryable: true }],
    ['answer:Paris/no-usage', 'ollama', false, { outcome: 'Passed', reason: 'Scored', retryable: false }],
  ])('%s over %s, stream %s', async (behaviour, wire, stream, expected) => {
    const agent = { name: 'direct', openai: { stream }, options: {} };
    const base = jobFor(wire, behaviour, { agent });
    const requestTimeoutSeconds = behaviour.includes('hang') ? 1 : 30;
    const { code, stderr, report } = await run({ ...base, backend: { ...base.backend, requestTimeoutSeconds } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report).toMatchObject(expected);
  });

  it('reports a backend that refuses connections', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`;
    const base = jobFor('openai', 'm');
    const { report } = await run({ ...base, backend: { ...base.backend, url } });
    expect(report).toMatchObject({ outcome: 'BackendError', reason: 'Unreachable', retryable: true });
    expect(report.message).toBe(`The backend "scripted" cannot be reached at ${url}: connection refused.`);
  });

  it('sends the key, and shows it nowhere', async () => {
    const base = jobFor('openai', 'answer:Paris/key:sk-secret-1');
    const keyed = { ...base, backend: { ...base.backend, hasApiKey: true } };
    const good = await run(keyed, QUESTION, 'sk-secret-1\n');
    expect(good.report.outcome).toBe('Passed');
    const bad = await run(keyed, QUESTION, 'sk-wrong-2');
    expect(bad.report.message).toBe(
      'The backend refused the key (401): check the Secret named by apiKeySecretRef of RuneBackend "scripted".',
    );
    const empty = await run(keyed, QUESTION, '\n');
    expect(empty.report).toMatchObject({
      outcome: 'BackendError',
      reason: 'KeyRefused',
      retryable: false,
      message: expect.stringContaining('The key is empty'),
    });
    for (const { stdout, stderr, report } of [good, bad]) {
      expect(
        stdout.replaceAll('key:sk-secret-1', '') + stderr + JSON.stringify(report).replaceAll('key:sk-secret-1', ''),
      ).not.toMatch(/sk-(secret|wrong)/);
    }
  });

  it('writes the expected answer nowhere', async () => {
    const question = {
      prompt: 'Which city?',
      expect: [{ exact: { value: 'Xanadu-7' } }, { regex: { pattern: 'Xanadu-7(' } }],
    };
    for (const expect_ of [question.expect.slice(0, 1), question.expect]) {
      const { stdout, stderr, report } = await run(jobFor('openai', 'answer:Paris'), { ...question, expect: expect_ });
      expect(report.outcome).toBe(expect_.length === 1 ? 'Failed' : 'ScorerError');
      expect(stdout + stderr + JSON.stringify(report)).not.toContain('Xanadu');
    }
  });

  it.each<[string, string, Partial<Report>]>([
    ['of a model that is at it', 'words:1000/slow:50', { outcome: 'AgentTimeout', reason: 'DeadlineExceeded' }],
    ['of a model that is silent', 'answer:Paris/delay:20000', { outcome: 'BackendError', reason: 'TimedOut' }],
  ])('ends at the deadline, which counts from the ask, %s', async (_, behaviour, expected) => {
    const { code, report } = await run(jobFor('openai', behaviour, { activeDeadlineSeconds: 1 }));
    expect(code).toBe(0);
    expect(report).toMatchObject({ ...expected, usage: { modelCalls: 1 } });
  });

  it('reports what it has when it is told to stop', async () => {
    const { child, ended } = await start(jobFor('ollama', 'words:1000/slow:50/job:stopped'));
    while (model.stats({ job: 'stopped' }).totals.requests === 0) await setTimeout(20);
    child.kill('SIGTERM');
    const { code, report } = await ended;
    expect(code).toBe(143);
    expect(report).toMatchObject({
      outcome: 'InfraError',
      reason: 'Terminated',
      retryable: true,
      usage: { modelCalls: 1, estimated: true },
    });
  });

  it('asks nobody when it is told to stop before it has loaded its code', async () => {
    const told = hook(`if (specifier.endsWith('/attempt.ts')) process.kill(process.pid, 'SIGTERM');`);
    const { code, report } = await (await start(jobFor('openai', 'answer:Paris/job:early'), QUESTION, undefined, told))
      .ended;
    expect(code).toBe(143);
    expect(report).toMatchObject({ outcome: 'InfraError', reason: 'Terminated', retryable: true, usage: {} });
    expect(report.events).toMatchObject({ count: 1, dropped: 0 });
    expect(model.stats({ job: 'early' }).totals.requests).toBe(0);
  });

  it.each<[string, string]>([
    ['is thrown', `throw new Error('broken');`],
    ['is thrown where nobody catches it', `queueMicrotask(() => { throw new Error('broken'); });`],
  ])('tells what was used before an error of its own that %s', async (_, fails) => {
    const prices = { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' };
    const job = jobFor('openai', 'answer:Paris/tokens:100:20', { prices });
    const broken = hook(`if (specifier.endsWith('/verdict.ts')) { ${fails} }`);
    const { code, report } = await (await start(job, QUESTION, undefined, broken)).ended;
    expect(code).toBe(1);
    expect(report).toMatchObject({
      outcome: 'InfraError',
      reason: 'RunnerFailed',
      message: 'The runner failed: broken.',
      usage: { inputTokens: 100, outputTokens: 20, modelCalls: 1 },
      costMicroUSD: 140,
    });
  });

  it('goes on when nobody reads its log', async () => {
    const { child, ended } = await start(jobFor('openai', 'answer:Paris/delay:200'));
    child.stdout?.destroy();
    const { code, report } = await ended;
    expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: 'Passed' });
  });

  it.each<[string, string, boolean]>([
    ['loses no line to a reader that is slow', 'late', true],
    ['reports only what it wrote when its log is not read on', 'never', false],
  ])('%s', async (_, reads, isWhole) => {
    // Some 300 KiB of lines, of which a pipe holds but a part.
    const question = { ...QUESTION, expect: Array.from({ length: 3000 }, () => ({ exact: { value: 'Paris' } })) };
    const { child, ended } = await start(jobFor('openai', `answer:Paris/job:${reads}`), question);
    const exited = once(child, 'exit');
    child.stdout?.pause();
    while (model.stats({ job: reads }).totals.requests === 0) await setTimeout(20);
    // Time enough, on most machines, for the lines to have to wait; the outcome is the same if they need not.
    if (reads === 'late') await setTimeout(300);
    else await exited;
    child.stdout?.resume();
    const { code, stdout, report } = await ended;
    const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
    const count = lines.split('\n').length - 1;
    expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: 'Passed' });
    expect(report.events).toEqual({
      count,
      dropped: 3003 - count,
      sha256: createHash('sha256').update(lines).digest('hex'),
    });
    expect(count === 3003).toBe(isWhole);
  });

  it.each<[string, unknown, unknown, string]>([
    [
      'another version',
      { ...testJob(), v: 2 },
      QUESTION,
      "The runner cannot use its files: job.v must be 1: the operator and the runner's image must be of one version.",
    ],
    [
      'no prompt',
      testJob(),
      { expect: [] },
      'The runner cannot use its files: question.prompt must be a string that is not empty.',
    ],
  ])('reports files that it cannot use: %s', async (_, job, question, message) => {
    const { code, report } = await run(job, question);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      uid: testJob().uid,
      attempt: 1,
      outcome: 'InfraError',
      reason: 'BadJob',
      retryable: false,
      message,
    });
  });
});
