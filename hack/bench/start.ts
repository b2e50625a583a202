/**
 * How long it takes from the start of a runner until an agent in a container is asked, beside the start of a process of
 * Node that does nothing, in turn in one run. The runner and agent-host are the real processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { testJob } from '../../runners/testing/job.ts';
import { quantile } from './quantile.ts';

const RUNS = 20;
const AIM_MILLISECONDS = 500;
const RUNNERS = join(import.meta.dirname, '..', '..', 'runners');
const DRIVER = `
  const { id } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  console.log(JSON.stringify({ id, status: 'ok', result: { answer: 'Paris' } }));`;

const folder = mkdtempSync(join(tmpdir(), 'rune-bench-'));
// As in the images, which hold the compiled code.
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
try {
  await startRunner('first', true);
  const took = { node: [] as number[], ready: [] as number[], starting: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    took.node.push(await startNode());
    took.ready.push(await startRunner(`${run}-ready`, true));
    took.starting.push(await startRunner(`${run}-starting`, false));
  }
  console.log(
    `${RUNS} runs each, in turn; load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  show('node -e 0: start to end', took.node);
  show('runner: start to ask, the agent is ready', took.ready, took.node);
  show('runner: start to ask, agent-host is started at once', took.starting, took.node);
  process.exitCode = [took.ready, took.starting].every((times) => quantile(times, 0.99) < AIM_MILLISECONDS) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function show(what: string, times: number[], beside?: number[]): void {
  const [median, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  const ratio = beside ? `, ${(median / quantile(beside, 0.5)).toFixed(1)} times node -e 0` : '';
  const aim = beside ? `; aim < ${AIM_MILLISECONDS} ms` : '';
  console.log(`${what}: median ${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms${ratio}${aim}`);
}

async function startNode(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'exit');
  return performance.now() - begun;
}

/** Milliseconds from the start of the runner's process to its event line that says that the agent is asked. */
async function startRunner(name: string, isReady: boolean): Promise<number> {
  const port = await freePort();
  const artifacts = join(folder, name);
  mkdirSync(artifacts);
  if (!isReady) {
    const host = startHost(port, artifacts);
    return runRunner(port, artifacts, host);
  }
  const host = startHost(port, artifacts);
  await once(createInterface({ input: host.stdout as NodeJS.ReadableStream }), 'line');
  return runRunner(port, artifacts, host);
}

function startHost(port: number, artifacts: string): ChildProcess {
  const flags = ['--port', `${port}`, '--artifacts', artifacts, '--', process.execPath, '-e', DRIVER];
  return spawn(process.execPath, [join(RUNNERS, 'agent-host.ts'), ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function runRunner(port: number, artifacts: string, host: ChildProcess): Promise<number> {
  const { openai, ...agent } = testJob().agent;
  const job = testJob({ agent });
  const files = { job: `${artifacts}.job`, question: `${artifacts}.question`, report: `${artifacts}.report` };
  writeFileSync(files.job, JSON.stringify({ ...job, agent: { ...agent, container: { startTimeoutSeconds: 30 } } }));
  writeFileSync(files.question, JSON.stringify({ prompt: 'Which city?' }));
  const flags = Object.entries({ ...files, artifacts, 'agent-url': `http://127.0.0.1:${port}` });
  const begun = performance.now();
  const runner = spawn(
    process.execPath,
    [join(RUNNERS, 'main.ts'), ...flags.flatMap(([flag, value]) => [`--${flag}`, value])],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(runner, 'exit');
  let asked: number | undefined;
  for await (const line of createInterface({ input: runner.stdout })) {
    if (line.includes('"phase":"asked"')) asked = performance.now() - begun;
  }
  await ended;
  const hostEnded = once(host, 'exit');
  host.kill();
  await hostEnded;
  if (asked === undefined) throw new Error('the agent was not asked');
  return asked;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
