import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheKey } from '../cluster/cache.ts';
import { run } from '../cluster/command.ts';
import { requireGo } from '../cluster/needs.ts';
import { step } from '../cluster/progress.ts';
import { waitFor } from '../cluster/wait.ts';

const VERSION = 'v1.8.0';

/** A real S3 server for tests: versitygw over a folder. */
export type S3Server = {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The folder with a folder for each bucket. */
  folder: string;
  makeBucket: (name: string) => Promise<void>;
  /** Ends it and removes all that was stored. */
  stop: () => Promise<void>;
};

/** @param address Where it listens; loopback by default. */
export async function startS3Server(address = '127.0.0.1'): Promise<S3Server> {
  const program = join(await versitygwDir(), 'versitygw');
  const scratch = await mkdtemp(join(tmpdir(), 'rune-s3-'));
  const folder = join(scratch, 'buckets');
  await mkdir(folder);
  const port = await freePort(address);
  const accessKeyId = 'tests';
  const secretAccessKey = 'tests-secret';
  const endpoint = `http://${address}:${port}`;
  const flags = ['--access', accessKeyId, '--secret', secretAccessKey, '--port', `${address}:${port}`, '--quiet'];
  // Its own extended attributes may not be supported by the file system of a scratch folder.
  const child = spawn(program, [...flags, 'posix', '--sidecar', await sidecar(scratch), folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = tailOf(child);
  try {
    await waitFor('the S3 server', async () => (await answers(endpoint)) ?? ended(child, log()), 30);
  } catch (error) {
    child.kill('SIGKILL');
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(scratch, { recursive: true, force: true });
  };
  const makeBucket = async (name: string) => void (await mkdir(join(folder, name)));
  return { endpoint, accessKeyId, secretAccessKey, folder, makeBucket, stop };
}

/** The folder that holds the program; compiled once into the cache. */
async function versitygwDir(): Promise<string> {
  const key = cacheKey({ version: VERSION, platform: `${process.platform}/${process.arch}` });
  return await cached('versitygw', key, async (target) => {
    await requireGo();
    const what = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;
    await step(`compile the S3 server versitygw ${VERSION}, once`, async () =>
      run('go', ['install', '-trimpath', what], { env: { GOBIN: target, CGO_ENABLED: '0' } }),
    );
  });
}

async function sidecar(scratch: string): Promise<string> {
  const dir = join(scratch, 'sidecar');
  await mkdir(dir);
  return dir;
}

/** Undefined is what is waited for: it answered. */
async function answers(endpoint: string): Promise<string | undefined> {
  return await fetch(endpoint, { signal: AbortSignal.timeout(1000) }).then(
    () => undefined,
    () => 'it does not answer',
  );
}

function ended(child: ChildProcess, log: string): string | undefined {
  return child.exitCode === null ? undefined : `it ended with ${child.exitCode}: ${log}`;
}

function tailOf({ stderr }: ChildProcess): () => string {
  let tail = '';
  stderr?.on('data', (chunk: Buffer) => {
    tail = `${tail}${chunk}`.slice(-2000);
  });
  return () => tail;
}

async function freePort(address: string): Promise<number> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const found = server.address();
  server.close();
  await once(server, 'close');
  if (found === null || typeof found === 'string') throw new Error('no port was given');
  return found.port;
}
