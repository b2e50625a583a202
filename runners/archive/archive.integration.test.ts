import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../crds/report.ts';
import type { RunArchiveFile } from '../../crds/run-archive.ts';
import { type S3Server, startS3Server } from '../../hack/s3/versitygw.ts';
import { type Archived, archiveAttempt } from './archive-attempt.ts';
import { archiveRun } from './archive-run.ts';
import type { Leavings } from './attempt-files.ts';
import { hasS3Config, readS3Config, type S3Config } from './config.ts';
import { readRunArchive } from './read-run-archive.ts';

const BUCKET = 'results';
const report = { v: 1, uid: 'u', attempt: 1, outcome: 'Passed', reason: 'Scored', message: '' } as unknown as Report;
const job: Archived = {
  namespace: 'team',
  name: 'nightly-1-7',
  uid: 'u',
  attempt: 1,
  trial: 0,
  run: 'nightly-1',
  agent: { name: 'direct', options: {} },
  model: { name: 'small' },
  backend: { name: 'local', type: 'openai', url: 'http://model/v1', hasApiKey: false, requestTimeoutSeconds: 60 },
};
const soon = () => AbortSignal.timeout(20_000);

let server: S3Server;
let folder: string;
const proxies: Server[] = [];

beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket(BUCKET);
  folder = mkdtempSync(join(tmpdir(), 'rune-left-'));
});

afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const config = (more: Partial<S3Config> = {}): S3Config => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  bucket: BUCKET,
  prefix: 'bench',
  credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  forcePathStyle: true,
  ...more,
});
const leavings = (more: Partial<Leavings> = {}): Leavings => ({ lines: ['{"v":1,"seq":0}\n'], artifacts: [], ...more });
const stored = (path: string) => readFileSync(join(server.folder, BUCKET, path));
const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

test('an attempt lies in its folder, result.json names all else with its sha256', async () => {
  const [small, large] = [Buffer.from('{"cause":"dns"}'), Buffer.alloc(12 * 1024 * 1024, 'ab')];
  mkdirSync(join(folder, 'whole/sub'), { recursive: true });
  writeFileSync(join(folder, 'whole/sub/cause.json'), small);
  writeFileSync(join(folder, 'whole/large.bin'), large);
  const artifacts = [
    { name: 'large.bin', type: 'application/octet-stream', bytes: large.length, sha256: sha256(large) },
    { name: 'sub/cause.json', type: 'application/json', bytes: small.length, sha256: sha256(small) },
  ];
  const left = leavings({
    answer: 'It is DNS. 😀',
    findings: [{ name: 'dns' }],
    artifacts,
    artifactsFolder: join(folder, 'whole'),
  });
  const archive = await archiveAttempt(config(), job, report, left, soon());
  expect(archive).toEqual({
    reason: 'Archived',
    uri: 's3://results/bench/team/nightly-1/nightly-1-7/1/',
    sha256: sha256(stored('bench/team/nightly-1/nightly-1-7/1/result.json')),
  });
  const at = 'bench/team/nightly-1/nightly-1-7/1';
  const result = JSON.parse(stored(`${at}/result.json`).toString());
  expect(result).toMatchObject({ v: 1, job: { run: 'nightly-1', model: 'small' }, report: { outcome: 'Passed' } });
  expect(result.files.map(({ name }: { name: string }) => name)).toEqual([
    'events.jsonl.zst',
    'answer.md',
    'findings.json',
    'artifacts/large.bin',
    'artifacts/sub/cause.json',
  ]);
  for (const { name, sha256: told } of result.files) expect(sha256(stored(`${at}/${name}`)), name).toBe(told);
  expect(zstdDecompressSync(stored(`${at}/events.jsonl.zst`)).toString()).toBe('{"v":1,"seq":0}\n');
});

test('the same attempt again is the same, and one of no run lies below _', async () => {
  const { run: _run, ...alone } = job;
  const first = await archiveAttempt(config(), alone, report, leavings(), soon());
  expect(await archiveAttempt(config(), alone, report, leavings(), soon())).toEqual(first);
  expect(first.uri).toBe('s3://results/bench/team/_/nightly-1-7/1/');
});

test('an artifact that a link took the place of is left out', async () => {
  mkdirSync(join(folder, 'changed'));
  writeFileSync(join(folder, 'secret'), 'not to be read');
  symlinkSync('../secret', join(folder, 'changed/report'));
  const artifacts = [{ name: 'report', type: 'text/plain', bytes: 5, sha256: 'x' }];
  const left = leavings({ artifacts, artifactsFolder: join(folder, 'changed') });
  await archiveAttempt(config(), { ...job, attempt: 2 }, report, left, soon());
  const result = JSON.parse(stored('bench/team/nightly-1/nightly-1-7/2/result.json').toString());
  expect(result.files[1]).toEqual({ name: 'artifacts/report', leftOut: 'it changed after it was found' });
});

test.each<[string, Partial<S3Config>, string]>([
  ['a wrong key', { credentials: { accessKeyId: 'tests', secretAccessKey: 'wrong' } }, 'AccessDenied'],
  ['an unknown user', { credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } }, 'AccessDenied'],
  ['a bucket that is not there', { bucket: 'absent' }, 'BucketNotFound'],
  ['nobody who listens', { endpoint: 'http://127.0.0.1:9' }, 'Unreachable'],
  ['a host that is not there', { endpoint: 'http://nobody.is.there.invalid' }, 'Unreachable'],
])('%s is told', async (_name, more, reason) => {
  const archive = await archiveAttempt(config(more), job, report, leavings(), soon());
  expect(archive).toMatchObject({ reason, message: expect.stringMatching(/^The .*\.$/) });
  expect(archive.message).not.toContain('wrong');
});

test('a few 503s and cut connections are overcome', async () => {
  let requests = 0;
  const endpoint = await proxy((incoming, outgoing) => {
    requests++;
    if (requests % 3 === 1) return void outgoing.writeHead(503).end();
    if (requests % 3 === 2) return void incoming.socket.destroy();
    pass(incoming, outgoing);
  });
  const left = leavings({ answer: 'whole' });
  const archive = await archiveAttempt(config({ endpoint }), { ...job, attempt: 3 }, report, left, soon());
  expect(archive.reason).toBe('Archived');
  expect(stored('bench/team/nightly-1/nightly-1-7/3/answer.md').toString()).toBe('whole');
});

test('a server that always fails is told', async () => {
  const endpoint = await proxy((_incoming, outgoing) => void outgoing.writeHead(503).end());
  expect(await archiveAttempt(config({ endpoint }), job, report, leavings(), soon())).toMatchObject({
    reason: 'ServerError',
  });
});

test('a server that sends elsewhere is not followed', async () => {
  let followed = false;
  const elsewhere = await proxy((_incoming, outgoing) => {
    followed = true;
    outgoing.writeHead(200).end();
  });
  const endpoint = await proxy((_incoming, outgoing) => void outgoing.writeHead(307, { location: elsewhere }).end());
  const archive = await archiveAttempt(config({ endpoint }), job, report, leavings(), soon());
  expect(archive.reason).toBe('BadConfiguration');
  expect(followed).toBe(false);
});

test('a server that hangs is given up when the time is over', async () => {
  const endpoint = await proxy(() => undefined);
  const archive = await archiveAttempt(config({ endpoint }), job, report, leavings(), AbortSignal.timeout(1000));
  expect(archive.reason).toBe('TimedOut');
});

test('the results of a run are one line for each case, those that are not archived with their outcome', async () => {
  const cases = { plain: 'P'.repeat(100), other: `${'F'.repeat(98)}-.` };
  const file: RunArchiveFile = {
    v: 1,
    namespace: 'team',
    run: 'many',
    uid: 'run-uid',
    trials: 2,
    questions: Array.from({ length: 50 }, (_, index) => `q${index}`),
    status: {
      observedGeneration: 1,
      cells: Object.entries(cases).map(([agent, characters]) => ({
        agent,
        model: 'm',
        jobs: 100,
        measured: 0,
        passed: 0,
        unmeasured: 0,
        cases: characters,
      })),
    },
  };
  for (let index = 0; index < 198; index += 3) {
    const one = { ...job, run: 'many', name: `many-${index}` };
    if (index === 3) await archiveAttempt(config(), one, { ...report, message: 'old' }, leavings(), soon());
    await archiveAttempt(config(), { ...one, attempt: index === 3 ? 12 : 1 }, report, leavings(), soon());
  }
  const told = await archiveRun(config(), readRunArchive(JSON.stringify(file)), AbortSignal.timeout(60_000));
  const results = stored('bench/team/many/results.jsonl');
  expect(told).toEqual({
    v: 1,
    uid: 'run-uid',
    reason: 'Archived',
    uri: 's3://results/bench/team/many/',
    sha256: sha256(results),
    lines: 200,
  });
  const lines = results
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ job: name }) => name)).toEqual(Array.from({ length: 200 }, (_, index) => `many-${index}`));
  expect(lines.filter(({ result }) => result !== undefined)).toHaveLength(66);
  expect(lines[3].result.job.attempt).toBe(12);
  expect(lines[101]).toEqual({
    job: 'many-101',
    agent: 'other',
    model: 'm',
    question: 'q0',
    trial: 1,
    outcome: 'Failed',
  });
  expect(lines[199].outcome).toBe('NotMade');
  expect(JSON.parse(stored('bench/team/many/summary.json').toString())).toMatchObject({
    run: 'many',
    results: { lines: 200 },
  });
});

test('the configuration is what the files of the Secret say', () => {
  const secret = join(folder, 'rune-s3');
  expect(hasS3Config(secret)).toBe(false);
  mkdirSync(secret);
  expect(hasS3Config(secret)).toBe(false);
  expect(() => readS3Config(secret)).toThrow('This namespace has no Secret rune-s3');
  const files = {
    bucket: 'results\n',
    accessKeyId: 'a',
    secretAccessKey: 's',
    endpoint: 'https://s3.example:9000',
    prefix: '/x/y/',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(secret, name), text);
  expect(readS3Config(secret)).toEqual({
    endpoint: 'https://s3.example:9000',
    region: 'us-east-1',
    bucket: 'results',
    prefix: 'x/y',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    forcePathStyle: true,
  });
  for (const [name, text] of [
    ['endpoint', 'ftp://x'],
    ['endpoint', 'https://me:pw@x'],
    ['bucket', '../etc'],
    ['pathStyle', 'yes'],
    ['accessKeyId', ''],
  ] as const) {
    writeFileSync(join(secret, name), text);
    expect(() => readS3Config(secret), name).toThrow(/^The Secret rune-s3 has /);
    writeFileSync(join(secret, name), { ...files, pathStyle: 'true' }[name]);
  }
  expect(readdirSync(secret)).toContain('bucket');
});

/** A server in front of the real one. @returns its address */
async function proxy(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<string> {
  const proxied = createServer(handle);
  proxies.push(proxied);
  await new Promise<void>((resolve) => proxied.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(proxied.address() as AddressInfo).port}`;
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { hostname, port } = new URL(server.endpoint);
  const onward = request(
    { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => incoming.socket.destroy());
  incoming.pipe(onward);
}
