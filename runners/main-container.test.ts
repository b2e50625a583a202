import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JobFile } from '../crds/job-file.ts';
import type { Report } from '../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../hack/e2e/scripted-model/server.ts';
import { AgentHost } from './agent-host/testing/agent-host.ts';
import { testJob } from './testing/job.ts';

// Each test starts processes, on machines that may be busy.
const TIMEOUT = { timeout: 60_000 };
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TEMPLATE = fileURLToPath(new URL('templates/driver.ts', import.meta.url));
const QUESTION = { prompt: 'What is the capital of France?', expect: [{ exact: { value: 'Paris' } }] };

let model: ScriptedModel;
let folder: string;
let hosts: AgentHost[] = [];
beforeAll(async () => {
  model = await startScriptedModel();
  folder = mkdtempSync(join(tmpdir(), 'rune-runner-'));
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  hosts = [];
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

type Started = {
  child: ChildProcess;
  ended: Promise<{ code: number | null; stdout: string; stderr: string; report: Report }>;
};

/** The runner as a process, with an agent beside it. */
function start(host: AgentHost, name: string, more: Partial<JobFile> = {}): Started {
  hosts.push(host);
  const { agent, backend, ...base } = testJob({ model: { name } });
  const container = { startTimeoutSeconds: 20 };
  const job = {
    ...base,
    backend: { ...backend, url: `${model.url}/v1` },
    agent: { name: 'a', options: {}, container },
  };
  const file = (kind: string): string => join(folder, `${hosts.length}-${kind}`);
  writeFileSync(file('job'), JSON.stringify({ ...job, ...more }));
  writeFileSync(file('question'), JSON.stringify(QUESTION));
  const files = ['--job', file('job'), '--question', file('question'), '--report', file('report')];
  const flags = [...files, '--agent-url', host.url, '--artifacts', host.artifacts];
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    return {
      code: code as number | null,
      ...output,
      report: JSON.parse(readFileSync(file('report'), 'utf8')) as Report,
    };
  });
  return { child, ended };
}

/** Settles with the first event line of the agent's. */
function firstWord({ child }: Started): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => `${chunk}`.includes('"from":"agent"') && resolve());
  });
}

/** A driver that tells that it works, and its process id, and then works for ever. */
const ENDLESS = `say({ event: 'log', message: 'pid ' + process.pid }); setInterval(() => {}, 1000);`;

function pidOf(stdout: string): number {
  return Number(/"message":"pid (\d+)"/.exec(stdout)?.[1]);
}

describe('the runner beside agent-host', TIMEOUT, () => {
  it('reports the answer of a driver, what it used, and what it left', async () => {
    const host = await AgentHost.start(process.execPath, TEMPLATE);
    const { code, stderr, report, stdout } = await start(host, 'answer:Paris/tokens:100:20').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report).toMatchObject({
      outcome: 'Passed',
      usage: { inputTokens: 100, outputTokens: 20, modelCalls: 1 },
      provenance: { driver: 'template-typescript 1.0' },
      artifacts: [{ name: 'answer.txt', type: 'text/plain', bytes: 5 }],
    });
    const { agentMilliseconds = 0, firstCallMilliseconds = 0 } = report.timings;
    expect(firstCallMilliseconds).toBeGreaterThan(0);
    expect(agentMilliseconds).toBeGreaterThanOrEqual(firstCallMilliseconds);
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    // The agent's own events and the meter's come by different ways.
    expect(types.sort()).toEqual(['artifact', 'progress', 'progress', 'result', 'score', 'usage', 'usage', 'usage']);
  });

  it('tells a backend that fails from the agent that says so', async () => {
    const host = await AgentHost.start(process.execPath, TEMPLATE);
    const { report } = await start(host, 'error:500').ended;
    expect(report).toMatchObject({ outcome: 'BackendError', reason: 'ServerError', retryable: true });
  });

  it('ends the driver at the deadline', async () => {
    const host = await AgentHost.startCode(ENDLESS);
    const { report, stdout } = await start(host, 'answer:Paris', { activeDeadlineSeconds: 2 }).ended;
    expect(report).toMatchObject({ outcome: 'AgentTimeout', reason: 'DeadlineExceeded' });
    await expect.poll(() => isAlive(pidOf(stdout)), { timeout: 10_000 }).toBe(false);
  });

  it('ends the driver when it is told to stop', async () => {
    const started = start(await AgentHost.startCode(ENDLESS), 'answer:Paris');
    await firstWord(started);
    started.child.kill('SIGTERM');
    const { report, stdout } = await started.ended;
    expect(report).toMatchObject({ outcome: 'InfraError', reason: 'Terminated', retryable: true });
    await expect.poll(() => isAlive(pidOf(stdout)), { timeout: 10_000 }).toBe(false);
  });

  it('reports an agent whose container was killed', async () => {
    const host = await AgentHost.startCode(ENDLESS);
    const started = start(host, 'answer:Paris');
    await firstWord(started);
    host.child.kill('SIGKILL');
    const { report, stdout } = await started.ended;
    expect(report).toMatchObject({ outcome: 'AgentError', reason: 'AgentRestarted', retryable: false });
    // With its container it would have ended.
    process.kill(pidOf(stdout), 'SIGKILL');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
