import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../crds/report.ts';
import { type ScriptedModel, startScriptedModel } from '../../hack/e2e/scripted-model/server.ts';
import { type S3Server, startS3Server } from '../../hack/s3/versitygw.ts';
import { testJob } from '../testing/job.ts';

/** The runner's own process, with a Secret `rune-s3`. */
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const QUESTION = { prompt: 'What is the capital of France?', expect: [{ exact: { value: 'Paris' } }] };
const BUCKET = 'results';

let model: ScriptedModel;
let s3: S3Server;
let silent: Silent;
let folder: string;
beforeAll(async () => {
  [model, s3, silent] = await Promise.all([startScriptedModel(), startS3Server(), startSilent()]);
  await s3.makeBucket(BUCKET);
  folder = await mkdtemp(join(tmpdir(), 'rune-archive-'));
});
afterAll(async () => {
  await Promise.all([model.close(), s3.stop()]);
  silent.server.closeAllConnections();
  silent.server.close();
  await rm(folder, { recursive: true });
});

test('what was logged and answered lies in S3, with the sha256 that the report tells', async () => {
  const { stdout, report, stored } = await (await start('whole')).ended;
  expect(report.archive).toMatchObject({ reason: 'Archived', uri: 's3://results/demo/_/whole/1/' });
  const result = await stored('result.json');
  expect(sha256(result)).toBe(report.archive?.sha256);
  expect(JSON.parse(String(result))).toMatchObject({
    report: { outcome: 'Passed', answer: { sha256: sha256('Paris') } },
    scores: [{ scorer: 'exact', passed: true }],
  });
  expect(String(await stored('answer.md'))).toBe('Paris');
  expect(String(zstdDecompressSync(await stored('events.jsonl.zst')))).toBe(stdout);
  expect(report.events.sha256).toBe(sha256(stdout));
});

test('without the Secret nothing is said of an archive', async () => {
  const { report } = await (await start('none', { keys: {} })).ended;
  expect(report.outcome).toBe('Passed');
  expect(report.archive).toBeUndefined();
});

test.each<[string, Record<string, string>, string]>([
  ['wrong', { secretAccessKey: 'wrong' }, 'AccessDenied'],
  ['unusable', { endpoint: 'somewhere' }, 'BadConfiguration'],
  ['absent', { bucket: 'absent' }, 'BucketNotFound'],
  ['unreachable', { endpoint: 'http://127.0.0.1:9' }, 'Unreachable'],
])('the outcome stands when the Secret is %s, and the reason is told', async (name, keys, reason) => {
  const { code, report } = await (await start(name, { keys: { ...settings(), ...keys } })).ended;
  expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: 'Passed' });
  expect(report.archive).toMatchObject({ reason, message: expect.stringMatching(/^[A-Z].*\.$/) });
});

test('nothing of the environment or of the home folder is asked for', async () => {
  const home = join(folder, 'home');
  await mkdir(join(home, '.aws'), { recursive: true });
  // Who reads a pipe that nobody writes to waits for ever.
  for (const name of ['config', 'credentials']) execFileSync('mkfifo', [join(home, '.aws', name)]);
  const names = ['RETRY_MODE', 'MAX_ATTEMPTS', 'DEFAULTS_MODE', 'REQUEST_CHECKSUM_CALCULATION', 'USE_FIPS_ENDPOINT'];
  const poison = Object.fromEntries(names.map((name) => [`AWS_${name}`, 'x']));
  const endpoints = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
  const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_PROFILE: 'x', AWS_REGION: 'x' };
  const { report } = await (await start('alone', { env: { HOME: home, ...poison, ...endpoints, ...keys } })).ended;
  expect(report.archive).toMatchObject({ reason: 'Archived' });
});

test('a runner that is told to stop while S3 is silent keeps its outcome', async () => {
  const { child, ended } = await start('stopped', { keys: { ...settings(), endpoint: silent.url } });
  await silent.asked();
  child.kill('SIGTERM');
  const { code, report } = await ended;
  expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: 'Passed' });
  expect(report.archive).toMatchObject({ reason: 'TimedOut' });
});

test('so does one that is killed', async () => {
  const { child, ended } = await start('killed', { keys: { ...settings(), endpoint: silent.url } });
  await silent.asked();
  child.kill('SIGKILL');
  expect((await ended).report).toMatchObject({ outcome: 'Passed', archive: { reason: 'UploadFailed' } });
});

test('so does one whose upload breaks in a way that nobody foresaw', async () => {
  const breaks = "if (specifier === '@aws-sdk/lib-storage') setImmediate(() => { throw new Error('broken'); });";
  const { stderr, report } = await (await start('broken', { node: hook(breaks) })).ended;
  expect(stderr).toContain('broken');
  expect(report).toMatchObject({ outcome: 'Passed', archive: { reason: 'UploadFailed' } });
});

type Way = { keys?: Record<string, string>; env?: Record<string, string>; node?: string[] };

/** Starts the runner as its container does, but with files of the test's own. */
async function start(name: string, { keys = settings(), env = {}, node = [] }: Way = {}) {
  const at = join(folder, name);
  await mkdir(join(at, 's3'), { recursive: true });
  for (const [key, value] of Object.entries(keys)) await writeFile(join(at, 's3', key), value);
  const job = testJob({ name, model: { name: 'answer:Paris' }, backend: { url: `${model.url}/v1` } });
  await writeFile(join(at, 'job'), JSON.stringify(job));
  await writeFile(join(at, 'question'), JSON.stringify(QUESTION));
  const files = ['job', 'question', 'report', 's3'].flatMap((file) => [`--${file}`, join(at, file)]);
  const child = spawn(process.execPath, [...node, MAIN, ...files], { env: { ...process.env, ...env } });
  return { child, ended: endOf(child, name) };
}

async function endOf(child: ChildProcess, name: string) {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      said[stream] += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const report = JSON.parse(await readFile(join(folder, name, 'report'), 'utf8')) as Report;
  const stored = (file: string) => readFile(join(s3.folder, BUCKET, 'demo/_', name, '1', file));
  return { code, ...said, report, stored };
}

function settings(): Record<string, string> {
  const { endpoint, accessKeyId, secretAccessKey } = s3;
  return { endpoint, bucket: BUCKET, accessKeyId, secretAccessKey };
}

/** Options for Node with which it does something whenever it is about to load a module. */
function hook(code: string): string[] {
  const resolve = `resolve(specifier, context, next) { ${code} return next(specifier, context); }`;
  const source = `import { registerHooks } from 'node:module'; registerHooks({ ${resolve} });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
}

type Silent = { url: string; server: Server /** Resolves with the next request. */; asked: () => Promise<unknown> };

/** A server that never answers. */
async function startSilent(): Promise<Silent> {
  const server = createServer(() => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, asked: () => once(server, 'request') };
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
