/** Makes K8sGPT answer: the stdio form of the driver protocol, see runners/PROTOCOL.md. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OptionError, type Options, optionsSchema, readOptions } from './options.ts';
import { type Ending, verdict } from './verdict.ts';

interface Request {
  readonly id: string;
  readonly action: string;
  readonly params: Params;
}

interface Params {
  readonly model: string;
  readonly base_url: string;
  readonly backend_type: 'openai' | 'ollama';
  readonly options?: unknown;
  readonly namespace: string;
}

const outputLimit = 16 * 1024 * 1024;

for await (const line of createInterface({ input: process.stdin })) {
  await answer(JSON.parse(line) as Request);
  break;
}

async function answer({ id, action, params }: Request): Promise<void> {
  const say = (fields: object) => process.stdout.write(`${JSON.stringify({ id, ...fields })}\n`);
  const fail = (kind: string, message: string) => say({ status: 'error', error: { kind, message } });
  try {
    if (action === 'info') say({ status: 'ok', result: await info() });
    else if (action === 'ask') await ask(params, say, fail);
    else fail('unknown_action', `the actions are ask and info, not ${action}`);
  } catch (error) {
    fail(error instanceof OptionError ? 'bad_option' : 'agent', error instanceof Error ? error.message : String(error));
  }
}

async function info(): Promise<object> {
  const { stdout } = await k8sgpt(['version']);
  const version = /^k8sgpt: (\S+)/.exec(stdout)?.[1];
  return { driver: 'rune-k8sgpt 1', ...(version ? { agent_version: version } : {}), options: optionsSchema };
}

async function ask(
  params: Params,
  say: (fields: object) => void,
  fail: (kind: string, message: string) => void,
): Promise<void> {
  const options = readOptions(params.options);
  const namespace = options.namespace ?? params.namespace;
  const config = join(tmpdir(), 'k8sgpt.yaml');
  await writeFile(config, JSON.stringify(configuration(params)), { mode: 0o600 });

  say({ event: 'progress', message: `analyzing the namespace ${namespace}; K8sGPT takes no question in words` });
  const began = performance.now();
  const ending = await k8sgpt(['analyze', ...flags(options, params.backend_type, namespace, config)]);
  const judged = verdict(ending, namespace);
  const { filters, explain } = options;
  const status = judged.kind === 'answer' ? 'ok' : 'error';
  const milliseconds = Math.round(performance.now() - began);
  say({ event: 'tool', name: 'analyze', arguments: { namespace, filters, explain }, status, milliseconds });

  if (judged.kind === 'error') return fail(judged.error, judged.message);
  for (const message of judged.notes) say({ event: 'log', message });
  say({ status: 'ok', result: { answer: judged.answer, findings: judged.findings } });
}

function flags({ filters, explain, selector, language }: Options, backend: string, namespace: string, config: string) {
  return [
    '--output=json',
    '--no-cache', // Its cache does not know which model said what.
    `--config=${config}`,
    `--namespace=${namespace}`,
    ...filters.map((filter) => `--filter=${filter}`),
    ...(selector === undefined ? [] : [`--selector=${selector}`]),
    ...(language === undefined ? [] : [`--language=${language}`]),
    ...(explain ? ['--explain', `--backend=${backend}`] : []),
  ];
}

/** K8sGPT's configuration file; JSON is YAML. */
function configuration({ backend_type: name, model, base_url: baseurl }: Params): object {
  // A temperature of 0 would not be sent, and the backend's default hold.
  const provider = { name, model, baseurl, password: 'unused', temperature: 0.01, topp: 1 };
  return { ai: { providers: [provider], defaultprovider: name } };
}

/** Runs it to its end. @throws Error when it is not there, or prints too much */
async function k8sgpt(args: readonly string[]): Promise<Ending> {
  return await new Promise((resolve, reject) => {
    execFile('k8sgpt', args, { maxBuffer: outputLimit }, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      if (typeof error.code === 'string') return reject(error);
      resolve({ code: error.code ?? undefined, stdout, stderr });
    }).stdin?.end();
  });
}
