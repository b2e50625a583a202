import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from './command.ts';
import { type ProcessEntry, processes, startTime } from './process-table.ts';
import { waitFor } from './wait.ts';

/** Where processes of a node find the cluster's folder and programs, whatever the length of the real paths. */
export const nodePaths = { cluster: '/run/rune/cluster', bin: '/run/rune/bin' };

const namespaceFlags = ['--net', '--mount', '--pid', '--uts', '--ipc'];
const nodePath = `${nodePaths.bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/** Kernel settings that the kubelet insists on. The real ones belong to the whole machine, so it is shown these. */
const kernelSettings: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/** Starts process 1 of a new node in namespaces of its own. @returns its pid as this machine sees it */
export async function startInit(id: string, clusterDir: string, binDir: string): Promise<number> {
  const log = `${clusterDir}/log/node-init.log`;
  const output = openSync(log, 'a');
  const unshare = spawn(
    'unshare',
    [...namespaceFlags, '--fork', '--mount-proc', '--kill-child', 'sh', '-c', initScript(id, clusterDir, binDir)],
    { cwd: '/', detached: true, stdio: ['ignore', output, output], env: { PATH: nodePath } },
  );
  closeSync(output);
  const ended = new Promise<never>((_resolve, reject) => {
    unshare.on('error', reject);
    unshare.on('exit', () => reject(new Error(`the node's namespaces could not be made; see ${log}`)));
  });
  unshare.unref();
  const started = waitFor('process 1 of the node', async () => (findInit(id) ? undefined : 'not started'), 20);
  await Promise.race([started, ended]);
  return findInit(id) ?? (await ended);
}

/** What the first process does before it becomes `node-init`: all mounts are private to the node and end with it. */
export function initScript(id: string, clusterDir: string, binDir: string): string {
  const settings = Object.entries(kernelSettings).map(
    ([name, value]) => `if [ -e /proc/sys/${name} ]; then f=/run/rune/${name.replaceAll('/', '-')}
echo ${value} > "$f"; mount -n --bind "$f" /proc/sys/${name}; fi`,
  );
  const [cluster, bin] = [shellQuote(clusterDir), shellQuote(binDir)];
  return `set -eu
mount -n -t tmpfs -o mode=755 rune ${cluster}/run
mkdir -p ${cluster}/run/rune/cluster ${cluster}/run/rune/bin
mount -n --bind ${cluster} ${cluster}/run/rune/cluster
mount -n --bind ${bin} ${cluster}/run/rune/bin
mount -n --move ${cluster}/run /run
mount -n --bind ${nodePaths.cluster}/var-lib /var/lib
mount -n --bind ${nodePaths.cluster}/var-log /var/log
${settings.join('\n')}
mount -n --make-rshared /
hostname rune
echo 1 > /proc/sys/net/ipv4/ip_forward
exec ${nodePaths.bin}/node-init ${id}`;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Process 1 of the checkout's node. It is found by what it is, so no stale pid file can name a stranger. */
export function findInit(id: string): number | undefined {
  return processes().find(({ args }) => args[0] === `${nodePaths.bin}/node-init` && args[1] === id)?.pid;
}

/** The processes of the node itself by program name, without those in Pods, which have namespaces of their own. */
export function nodeProcesses(init: number): ReadonlyMap<string, number> {
  const all = processes();
  const own = all.find(({ pid }) => pid === init)?.pidNamespace;
  const inNode = (entry: ProcessEntry) => entry.pidNamespace === own && entry.args[0] !== undefined;
  return new Map(all.filter(inNode).map(({ args, pid }) => [basename(args[0] ?? ''), pid]));
}

/** Runs a command inside the node. @returns its standard output */
export async function runInNode(init: number, args: readonly string[], stdin?: number): Promise<string> {
  const options = { env: { PATH: nodePath }, ...(stdin === undefined ? {} : { stdin }) };
  return await run('nsenter', ['--target', String(init), ...namespaceFlags, '--', ...args], options);
}

/** Starts a program inside the node that outlives this process; what it prints goes to log/<its name>.log. */
export async function startInNode(init: number, command: readonly string[]): Promise<void> {
  const log = `${nodePaths.cluster}/log/${basename(command[0] ?? '')}.log`;
  // An empty environment but for PATH: a proxy meant for the user must not come between the parts of the cluster.
  const start = 'cd /; log=$1; shift; setsid env -i PATH="$PATH" HOME=/root "$@" </dev/null >>"$log" 2>&1 &';
  await runInNode(init, ['sh', '-c', start, 'sh', log, ...command]);
}

/** Ends process 1, whereupon the kernel ends all others of the node, Pods and all. Returns when all are gone. */
export async function stopInit(id: string): Promise<void> {
  const init = findInit(id);
  if (init === undefined) return;
  const started = startTime(init);
  process.kill(init, 'SIGKILL');
  const isGone = async () => (startTime(init) === started ? 'still there' : undefined);
  await waitFor("the end of the node's processes", isGone, 30);
}
