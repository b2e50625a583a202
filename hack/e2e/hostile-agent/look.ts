import { constants } from 'node:fs';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';

/** Where things lie that are none of the agent's business, or would be if it had no account. */
const SECRET_PATHS = [
  '/etc/rune/job/job.json',
  '/etc/rune/question/question.json',
  '/etc/rune/api-key/key',
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  '/dev/termination-log',
  '/proc/1/environ',
];
const LOOKED_AT = ['/', '/etc', '/home/agent', '/tmp', '/artifacts', '/etc/rune'];

/** The container as it is seen from inside. */
export async function look() {
  return {
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    groups: process.getgroups?.().toSorted((a, b) => a - b),
    environment: Object.fromEntries(Object.entries(process.env).toSorted(([a], [b]) => a.localeCompare(b))),
    mounts: (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').flatMap((line) => line.split(' ')[4] ?? []),
    processes: (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length,
    capabilities: field(await readFile('/proc/self/status', 'utf8'), 'CapEff'),
    noNewPrivileges: field(await readFile('/proc/self/status', 'utf8'), 'NoNewPrivs'),
    seccomp: field(await readFile('/proc/self/status', 'utf8'), 'Seccomp'),
    writable: await filter(LOOKED_AT, (path) => access(path, constants.W_OK)),
  };
}

/** What the agent gets at when it tries: the first bytes of files, environments of processes, the API server's answer. */
export async function readSecrets() {
  const files = await Promise.all(SECRET_PATHS.map(async (path) => [path, await attempt(() => beginning(path))]));
  const { KUBERNETES_SERVICE_HOST = 'kubernetes.default.svc', KUBERNETES_SERVICE_PORT = '443' } = process.env;
  const url = `https://${KUBERNETES_SERVICE_HOST}:${KUBERNETES_SERVICE_PORT}/api/v1/secrets`;
  return {
    files: Object.fromEntries(files) as Record<string, string>,
    environments: await environments(),
    api: await attempt(async () => `status ${(await anonymous(url)).status}`),
    listening: await filter(['7411', '9090', '10250', '2379'], (port) => reach(Number(port))),
  };
}

async function environments(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return await Promise.all(pids.map((pid) => attempt(() => beginning(`/proc/${pid}/environ`))));
}

/** The certificate is none that anybody vouches for; the agent would not mind. */
async function anonymous(url: string): Promise<Response> {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  return await fetch(url, { signal: AbortSignal.timeout(5000) });
}

async function beginning(path: string): Promise<string> {
  await stat(path);
  return (await readFile(path, 'utf8')).slice(0, 2000);
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(void socket.destroy()));
    socket.on('error', reject);
  });
}

async function attempt(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return `no: ${code ?? cause?.code ?? error}`;
  }
}

async function filter<T>(items: readonly T[], check: (item: T) => Promise<unknown>): Promise<T[]> {
  const passed = await Promise.all(items.map((item) => check(item).then(...YES_OR_NO)));
  return items.filter((_item, index) => passed[index]);
}

const YES_OR_NO = [() => true, () => false] as const;

function field(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1];
}
