import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeJobFile } from '../../crds/make-job-file.ts';
import type { Report } from '../../crds/report.ts';
import { isObject, type JSONObject } from '../meter/reading.ts';
import { type Child, startChild } from './child.ts';
import type { Manifests } from './load.ts';
import { UsageError } from './usage-error.ts';

/** What speaks for an agent that has no container here: a program of the driver protocol's stdio form, or a server of its http form. */
export type Driver = { type: 'command'; command: readonly string[] } | { type: 'url'; url: string };

export type LocalRun = Manifests & {
  /** For an agent with a container. */
  driver?: Driver;
  /** The value of the backend's key, where it has one. */
  apiKey?: string;
  /** Of the caller. The driver gets PATH, LANG and KUBECONFIG of it, the runner PATH and NODE_EXTRA_CA_CERTS. */
  environment: NodeJS.ProcessEnv;
  /** Gets the runner's event lines, and the other output of runner and driver as events of the type `log`. */
  onEvent: (event: JSONObject) => void;
  /** Aborted to cancel the question, which is then reported. */
  signal?: AbortSignal;
  /** Aborted to end everything at once, without a report. */
  kill?: AbortSignal;
};

/**
 * Puts a question to an agent with the runner, meter, drivers and scorers of a cluster, as child processes. When it is
 * settled no process and no file is left. Rejects with a {@link UsageError} for what the caller has to change, and with
 * another Error when there is no report.
 */
export async function runLocal(run: LocalRun): Promise<Report> {
  checkParts(run);
  const folder = await mkdtemp(join(tmpdir(), 'rune-local-'));
  try {
    await writeFiles(folder, run);
    const { driver } = run;
    if (run.agent.spec.container === undefined || driver === undefined) return await runRunner(folder, run);
    if (driver.type === 'url') return await runRunner(folder, run, driver.url);
    const host = await startHost(folder, run, driver.command);
    try {
      return await runRunner(folder, run, host.url);
    } finally {
      await host.child.end(HOST_GRACE_MILLISECONDS);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Longer than agent-host takes to end a driver with all that it left. */
const HOST_GRACE_MILLISECONDS = 10_000;
const HOST = fileURLToPath(new URL('../agent-host.ts', import.meta.url));
const RUNNER = fileURLToPath(new URL('../main.ts', import.meta.url));

function checkParts({ agent, backend, driver, apiKey }: LocalRun): void {
  if (agent.spec.container !== undefined && driver === undefined) {
    const how = "its driver, DRIVER='node driver.ts', or a server of the http form, DRIVER=http://127.0.0.1:7411";
    throw new UsageError(`The agent runs in a container, which a local run has not: name ${how}`);
  }
  if (backend.spec.openai?.apiKeySecretRef !== undefined && apiKey === undefined) {
    throw new UsageError('The backend has a key: put it into the environment variable RUNE_API_KEY, or name its file');
  }
}

async function writeFiles(folder: string, { job, agent, backend, apiKey }: LocalRun): Promise<void> {
  const metadata = { namespace: 'default', ...job.metadata, uid: randomUUID() };
  const jobFile = makeJobFile({ ...job, metadata }, 1, agent, backend);
  const secret = { mode: 0o600 };
  await writeFile(join(folder, 'job.json'), JSON.stringify(jobFile), secret);
  await writeFile(join(folder, 'question.json'), JSON.stringify(job.spec.question), secret);
  if (apiKey !== undefined) await writeFile(join(folder, 'key'), apiKey, secret);
  for (const part of ['artifacts', 'tmp']) await mkdir(join(folder, part));
}

/** Serves the stdio driver as a container of ours does. Rejects when it does not begin to listen. */
async function startHost(
  folder: string,
  run: LocalRun,
  command: readonly string[],
): Promise<{ child: Child; url: string }> {
  const { promise: port, resolve } = Promise.withResolvers<number>();
  const said: string[] = [];
  const env = run.agent.spec.container?.env ?? [];
  const child = startChild(HOST, {
    args: ['--port', '0', '--artifacts', join(folder, 'artifacts'), '--', ...command],
    // Nothing else of ours: an agent's environment in a cluster is that of its image.
    env: {
      ...pick(run.environment, 'PATH', 'LANG', 'KUBECONFIG'),
      ...Object.fromEntries(env.map((one) => [one.name, one.value])),
      TMPDIR: join(folder, 'tmp'),
    },
    onLine: (line) => {
      const { listening } = fieldsOf(line);
      if (isObject(listening)) resolve(Number(listening['port']));
      else run.onEvent({ type: 'log', from: 'driver', message: line });
    },
    onErrorLine: (line) => {
      said.push(line);
      run.onEvent({ type: 'log', from: 'driver', message: line });
    },
  });
  const url = await Promise.race([port.then((one) => `http://127.0.0.1:${one}`), child.ended]);
  if (typeof url === 'string' && url.startsWith('http')) return { child, url };
  throw new UsageError(`The driver cannot be served: ${said.at(-1) ?? `agent-host ended with ${url}`}`);
}

async function runRunner(folder: string, run: LocalRun, agentURL?: string): Promise<Report> {
  const file = (name: string): string => join(folder, name);
  const files = { job: 'job.json', question: 'question.json', 'api-key': 'key', report: 'report.json' };
  const flags = { ...files, artifacts: 'artifacts' };
  const runner = startChild(RUNNER, {
    args: [
      ...Object.entries(flags).flatMap(([flag, name]) => [`--${flag}`, file(name)]),
      ...(agentURL === undefined ? [] : ['--agent-url', agentURL]),
    ],
    env: pick(run.environment, 'PATH', 'NODE_EXTRA_CA_CERTS'),
    onLine: (line) => run.onEvent(fieldsOf(line)),
    onErrorLine: (line) => run.onEvent({ type: 'log', from: 'runner', message: line }),
  });
  const end = await endedUnderOrders(runner, run);
  try {
    const report = JSON.parse(await readFile(file('report.json'), 'utf8')) as Report;
    return run.signal?.aborted && report.reason === 'Terminated' ? { ...report, ...CANCELLED } : report;
  } catch (error) {
    // It hears of the signal as soon as it is loaded.
    const isEarly = end === 'SIGTERM';
    const message = isEarly
      ? 'The question was cancelled before it was asked.'
      : `The runner ended without a report (${end}).`;
    throw new Error(message, { cause: error });
  }
}

const CANCELLED = { outcome: 'Cancelled', message: 'The question was cancelled.', retryable: false } as const;

/** How the runner ended, after it was told to stop when the caller says so. */
async function endedUnderOrders(runner: Child, { signal, kill }: LocalRun): Promise<number | NodeJS.Signals> {
  const ended = new AbortController();
  const obey = (order: AbortSignal | undefined, name: NodeJS.Signals): void => {
    if (order?.aborted) runner.signal(name);
    else order?.addEventListener('abort', () => runner.signal(name), { signal: ended.signal });
  };
  obey(signal, 'SIGTERM');
  obey(kill, 'SIGKILL');
  try {
    return await runner.ended;
  } finally {
    ended.abort();
  }
}

function pick(environment: NodeJS.ProcessEnv, ...names: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.includes(name)));
}

function fieldsOf(line: string): JSONObject {
  try {
    const fields: unknown = JSON.parse(line);
    return isObject(fields) ? fields : { type: 'log', message: line };
  } catch {
    return { type: 'log', message: line };
  }
}
