import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Each file is what K8sGPT v0.4.36 really printed. */
const recordings = join(import.meta.dirname, 'testing');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-k8sgpt-'));
  await mkdir(join(dir, 'bin'));
});
afterEach(async () => rm(dir, { recursive: true }));

test('problems are an answer with findings, without a model', async () => {
  const { lines, last } = await ask('problem', 0, { explain: false });
  expect(last).toMatchObject({
    status: 'ok',
    result: { findings: [{ kind: 'ConfigMap' }, { kind: 'Deployment' }, { kind: 'Pod' }, { kind: 'Service' }] },
  });
  expect(last.result?.answer).toContain('4 objects have problems in the namespace shop.');
  expect(last.result?.answer).toContain('exec: "serve-web": executable file not found in $PATH');
  expect(last.result?.answer).toContain('Service shop/web:\n- Service has no endpoints, expected label app=wbe');
  expect(lines).toContainEqual({
    id: '7',
    event: 'tool',
    name: 'analyze',
    arguments: { namespace: 'shop', filters: [], explain: false },
    status: 'ok',
    milliseconds: expect.any(Number),
  });
  expect(await givenArguments()).toEqual([
    'analyze',
    '--output=json',
    '--no-cache',
    expect.any(String),
    '--namespace=shop',
  ]);
});

test("the model's explanation is part of the answer, and the model is called through the meter", async () => {
  const { last } = await ask('explained', 0, { filters: ['Pod', 'Service'], namespace: 'other', language: 'French' });
  expect(last.result?.answer).toMatch(
    /^Pod shop\/web-\S+ \(of Deployment\/web\):\n- failed .*\nIts command does not exist\.$/m,
  );
  expect((await givenArguments()).slice(4)).toEqual([
    '--namespace=other',
    '--filter=Pod',
    '--filter=Service',
    '--language=French',
    '--explain',
    '--backend=openai',
  ]);
  const provider = { name: 'openai', model: 'm', baseurl: 'http://127.0.0.1:9/v1', password: 'unused' };
  const config = JSON.parse(await readFile(join(dir, 'k8sgpt.yaml'), 'utf8'));
  expect(config).toMatchObject({ ai: { providers: [provider], defaultprovider: 'openai' } });
});

test('no problem is an answer too', async () => {
  const { last } = await ask('no-problem', 0);
  expect(last.result).toEqual({ answer: 'K8sGPT found no problem in the namespace shop.', findings: [] });
});

test('an analyzer that failed is not "no problem"', async () => {
  const { lines, last } = await ask('analyzer-failed', 0);
  expect(last.error).toMatchObject({ kind: 'agent', message: expect.stringContaining('cannot list resource "pods"') });
  expect(lines).toContainEqual(expect.objectContaining({ event: 'tool', status: 'error' }));
});

test.each([
  ['model-500', 'model', 'status code: 500'],
  ['model-429', 'model', 'exhausted API quota for AI provider openai'],
  ['model-401', 'model', 'status code: 401'],
  ['model-404', 'model', 'The model `no-such-model` does not exist'],
  ['model-refused', 'model', 'connection refused'],
  ['ollama-429', 'model', '429 Too Many Requests'],
  ['no-account', 'infrastructure', 'spec.pod.serviceAccountName'],
  ['api-server-down', 'infrastructure', 'connection refused'],
])('%s is an error of kind %s', async (recording, kind, words) => {
  const { last, exitCode } = await ask(recording, 1);
  expect(last).toMatchObject({ id: '7', status: 'error', error: { kind, message: expect.stringContaining(words) } });
  expect(exitCode).toBe(0);
});

test('a filter that K8sGPT does not know is a bad option', async () => {
  const { last } = await ask('unknown-filter', 0);
  expect(last.error).toMatchObject({ kind: 'bad_option', message: expect.stringContaining('"Nope"') });
});

test.each([
  [{ filter: ['Pod'] }, 'options.filter is not known; there are filters, explain, namespace, selector, language'],
  [{ filters: 'Pod' }, 'options.filters must be a list'],
  [{ filters: ['--kubeconfig=x'] }, 'options.filters must be a list'],
  [{ explain: 'yes' }, 'options.explain must be true or false'],
  [{ namespace: 'Shop' }, 'options.namespace must be a text'],
  [[], 'options must be an object'],
])('the options %j are refused without a run', async (options, words) => {
  const { last } = await ask('problem', 0, options);
  expect(last.error).toMatchObject({ kind: 'bad_option', message: expect.stringContaining(words) });
  await expect(givenArguments()).rejects.toThrow('ENOENT');
});

test('a program that prints no result, or is not there, is an error of the agent', async () => {
  expect((await ask('model-500', 0)).last.error).toMatchObject({
    kind: 'agent',
    message: expect.stringContaining('500'),
  });
  await rm(join(dir, 'bin/k8sgpt'));
  expect((await driver({ id: '7', action: 'info', params: {} })).last.error).toMatchObject({ kind: 'agent' });
});

test('info tells of versions and options', async () => {
  await fake('echo "k8sgpt: v0.4.36 (HEAD), built at: unknown"');
  const { last } = await driver({ id: '1', action: 'info', params: {} });
  expect(last.result).toMatchObject({ agent_version: 'v0.4.36', options: { additionalProperties: false } });
});

test('another action is unknown', async () => {
  expect((await driver({ id: '1', action: 'dance', params: {} })).last.error).toMatchObject({ kind: 'unknown_action' });
});

interface Line {
  readonly id: string;
  readonly status?: string;
  readonly result?: { readonly answer: string; readonly findings: object[] };
  readonly error?: { readonly kind: string; readonly message: string };
}

/** Asks with a K8sGPT that prints a recording and ends with a code. */
async function ask(recording: string, code: number, options: unknown = {}) {
  await fake(`echo "$@" > '${dir}/arguments'; cat '${join(recordings, recording)}.txt'; exit ${code}`);
  const model = { model: 'm', base_url: 'http://127.0.0.1:9/v1', backend_type: 'openai' };
  return await driver({ id: '7', action: 'ask', params: { question: 'Why?', ...model, options, namespace: 'shop' } });
}

async function fake(script: string): Promise<void> {
  await writeFile(join(dir, 'bin/k8sgpt'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function givenArguments(): Promise<string[]> {
  return (await readFile(join(dir, 'arguments'), 'utf8')).trim().split(' ');
}

async function driver(request: object): Promise<{ lines: Line[]; last: Line; exitCode: number }> {
  const env = { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, TMPDIR: dir, HOME: dir };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(`${JSON.stringify(request)}\n`);
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const last = lines.at(-1);
  if (last === undefined) throw new Error('the driver said nothing');
  return { lines, last, exitCode };
}
