import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../crds/report.ts';
import type { RunArchive } from '../../crds/run-archive.ts';
import { certificateRequests, issueCertificates, readCredentials } from '../../hack/cluster/certificates.ts';
import { type S3Server, startS3Server } from '../../hack/s3/versitygw.ts';
import { type Archived, archiveAttempt } from './archive-attempt.ts';
import { archiveRun } from './archive-run.ts';
import type { Leavings } from './attempt-files.ts';
import type { S3Config } from './config.ts';

/** Servers that are not as they should be, and what else may lie in a bucket. */
const BUCKET = 'results';
const report = { v: 1, uid: 'u', attempt: 1, outcome: 'Passed', reason: 'Scored', message: '' } as unknown as Report;
const job: Archived = {
  namespace: 'team',
  name: 'nightly-0',
  uid: 'u',
  attempt: 1,
  trial: 0,
  run: 'nightly',
  runUid: 'this',
  agent: { name: 'direct', options: {} },
  model: { name: 'small' },
  backend: { name: 'local', type: 'openai', url: 'http://model/v1', hasApiKey: false, requestTimeoutSeconds: 60 },
};
const nothing: Leavings = { lines: [], artifacts: [] };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

let server: S3Server;
let folder: string;
const proxies: Server[] = [];
beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket(BUCKET);
  folder = mkdtempSync(join(tmpdir(), 'rune-servers-'));
});
afterEach(() => {
  for (const proxy of proxies.splice(0)) {
    proxy.closeAllConnections();
    proxy.close();
  }
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const config = (more: Partial<S3Config> = {}): S3Config => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  bucket: BUCKET,
  prefix: '',
  credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  forcePathStyle: true,
  ...more,
});
const client = (): S3Client => {
  const { endpoint = '', region, credentials } = config();
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
};

test('a certificate of an authority of its own is trusted by caBundle, and by nothing else', async () => {
  const dir = join(folder, 'pki');
  await issueCertificates(dir, certificateRequests('none', []));
  const { ca, cert, key } = await readCredentials(dir, 'kube-apiserver');
  const endpoint = `https://127.0.0.1:${await listening(createTLSServer({ cert, key }, pass))}`;
  const trusted = await archiveAttempt(config({ endpoint, caBundle: ca }), job, report, nothing, soon());
  expect(trusted.reason).toBe('Archived');
  const refused = await archiveAttempt(config({ endpoint }), job, report, nothing, soon());
  expect(refused).toMatchObject({ reason: 'BadConfiguration', message: expect.stringContaining('caBundle') });
});

test('a web server that takes everything is no S3', async () => {
  const endpoint = await proxy((incoming, outgoing) => void incoming.resume().on('end', () => outgoing.end('welcome')));
  const archive = await archiveAttempt(config({ endpoint }), job, report, nothing, soon());
  expect(archive).toMatchObject({ reason: 'UploadFailed', message: expect.stringContaining('that of an S3 server') });
});

test('what a server says of an error is not told, but for its code', async () => {
  const body = '<Error><Code>Odd secret\n</Code><Message>the key is hunter2</Message></Error>';
  const endpoint = await proxy((_incoming, outgoing) => void outgoing.writeHead(403).end(body));
  const { reason, message } = await archiveAttempt(config({ endpoint }), job, report, nothing, soon());
  expect(reason).toBe('AccessDenied');
  expect(message).not.toMatch(/hunter2|Odd/);
});

test('a server that answers each request late is waited for, as long as the time is not over', async () => {
  const late = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    await sleep(200);
    pass(incoming, outgoing);
  };
  const endpoint = await proxy((incoming, outgoing) => void late(incoming, outgoing));
  const left = leavings('late', 8, 10);
  expect(await archiveAttempt(config({ endpoint }), { ...job, attempt: 2 }, report, left, soon())).toMatchObject({
    reason: 'Archived',
  });
  const hurry = AbortSignal.timeout(500);
  expect(await archiveAttempt(config({ endpoint }), { ...job, attempt: 3 }, report, left, hurry)).toMatchObject({
    reason: 'TimedOut',
  });
  expect(stored('team/nightly/nightly-0/3/result.json')).toBeUndefined();
});

test('a large artifact that grows while it is uploaded is not stored, nor are parts of it', async () => {
  const left = leavings('grows', 1, 11 * 1024 * 1024);
  let isGrown = false;
  const endpoint = await proxy((incoming, outgoing) => {
    if (incoming.url?.includes('partNumber=1') && !isGrown) {
      isGrown = true;
      writeFileSync(join(left.artifactsFolder ?? '', 'file-0'), 'more', { flag: 'a' });
    }
    pass(incoming, outgoing);
  });
  const at = { ...job, attempt: 4 };
  const archive = await archiveAttempt(config({ endpoint }), at, report, left, soon());
  expect(archive).toMatchObject({ reason: 'Archived', message: expect.stringContaining('One artifact is left out') });
  expect(isGrown).toBe(true);
  expect(JSON.parse(stored('team/nightly/nightly-0/4/result.json') ?? '').files).toContainEqual({
    name: 'artifacts/file-0',
    leftOut: 'it changed after it was found',
  });
  expect(stored('team/nightly/nightly-0/4/artifacts/file-0')).toBeUndefined();
  const { Uploads = [] } = await client().send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  expect(Uploads).toEqual([]);
});

test('an upload whose connection is cut within its parts is tried again', async () => {
  let cuts = 0;
  const endpoint = await proxy((incoming, outgoing) => {
    if (!incoming.url?.includes('partNumber=2') || cuts === 2) return pass(incoming, outgoing);
    cuts++;
    incoming.once('data', () => incoming.socket.resetAndDestroy());
  });
  const left = leavings('cut', 1, 11 * 1024 * 1024);
  const archive = await archiveAttempt(config({ endpoint }), { ...job, attempt: 5 }, report, left, soon());
  expect({ reason: archive.reason, cuts }).toEqual({ reason: 'Archived', cuts: 2 });
  const content = stored('team/nightly/nightly-0/5/artifacts/file-0') ?? '';
  expect(sha256(content)).toBe(left.artifacts[0]?.sha256);
});

test('an artifact is for saving, not for showing', async () => {
  await archiveAttempt(config(), { ...job, attempt: 6 }, report, leavings('shown', 1, 10), soon());
  const Key = 'team/nightly/nightly-0/6/artifacts/file-0';
  const { ContentDisposition, Metadata } = await client().send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
  expect(ContentDisposition).toBe('attachment');
  expect(Metadata?.['sha256']).toMatch(/^[0-9a-f]{64}$/);
});

test('the lines of a run hold no result of an earlier run, of a deleted job, or that was tampered with', async () => {
  const names = ['stale', 'deleted', 'tampered', 'older', 'good'].map((what) => ({ what, job: `again-${what}` }));
  const of = (name: string, more: Partial<Archived> = {}) => ({ ...job, run: 'again', name, ...more });
  const put = (one: Archived) => archiveAttempt(config(), one, { ...report, attempt: one.attempt }, nothing, soon());
  for (const { what, job: name } of names) await put(of(name, what === 'stale' ? { runUid: 'earlier' } : {}));
  // The earlier run of the name had needed more attempts.
  await put(of('again-older', { runUid: 'earlier', attempt: 7 }));
  const tampered = join(server.folder, BUCKET, 'team/again/again-tampered/1/result.json');
  writeFileSync(tampered, readFileSync(tampered, 'utf8').replace('Passed', 'Failed'));
  const cases = names.map(({ what, job: name }, trial) => ({
    job: name,
    agent: 'a',
    model: 'm',
    question: 'q',
    trial,
    outcome: what === 'deleted' ? 'Deleted' : 'Passed',
  }));
  const run: RunArchive = { namespace: 'team', run: 'again', uid: 'this', status: {}, cases };
  await archiveRun(config(), run, soon());
  const lines = (stored('team/again/results.jsonl') ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ result }) => result?.job.attempt)).toEqual([undefined, undefined, undefined, 1, 1]);
  expect(lines.map(({ outcome }) => outcome)).toEqual(['Passed', 'Deleted', 'Passed', 'Passed', 'Passed']);
  const result = stored('team/again/again-good/1/result.json') ?? '';
  expect(lines[4]).toMatchObject({ uri: `s3://${BUCKET}/team/again/again-good/1/result.json`, sha256: sha256(result) });
});

/** Artifacts in a folder of their own. */
function leavings(name: string, files: number, bytes: number): Leavings {
  const artifactsFolder = join(folder, name);
  mkdirSync(artifactsFolder);
  const content = Buffer.alloc(bytes, name);
  const artifacts = Array.from({ length: files }, (_, index) => ({
    name: `file-${index}`,
    type: 'text/html',
    bytes,
    sha256: sha256(content),
  }));
  for (const artifact of artifacts) writeFileSync(join(artifactsFolder, artifact.name), content);
  return { lines: [], artifacts, artifactsFolder };
}

function stored(path: string): string | undefined {
  try {
    return readFileSync(join(server.folder, BUCKET, path), 'utf8');
  } catch {
    return undefined;
  }
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

async function proxy(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<string> {
  return `http://127.0.0.1:${await listening(createServer(handle))}`;
}

async function listening(proxied: Server): Promise<number> {
  proxies.push(proxied);
  await new Promise<void>((resolve) => proxied.listen(0, '127.0.0.1', resolve));
  return (proxied.address() as AddressInfo).port;
}

/** Hands a request on to the real server. */
function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { hostname, port } = new URL(server.endpoint);
  const { method, url, headers } = incoming;
  const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => incoming.socket.destroy());
  incoming.pipe(onward);
}
