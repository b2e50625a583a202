import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cachePath } from '../../cluster/cache.ts';
import { track } from '../../cluster/children.ts';
import { freePorts } from '../../cluster/free-ports.ts';
import { waitFor } from '../../cluster/wait.ts';
import { OPERATOR_NAMESPACE } from '../../e2e/faults/operator-account.ts';
import type { OperatorAccount } from '../../e2e/faults/operator-process.ts';
import { containersOf, readManifests } from '../../install/manifest.ts';
import { Exposition } from './exposition.ts';

const MAIN = join(import.meta.dirname, '../../../controllers/main.ts');
const MANIFEST = join(import.meta.dirname, '../../deploy/operator.yaml');
/** Where the CPU profiles of the operator go, if anywhere. */
const PROFILES = process.env['BENCH_CPU_PROFILES'];

/** The operator as a process of its own, with the rights of its ServiceAccount. Its log is `operator.log` in the folder. */
export class BenchOperator {
  readonly #child: ChildProcess;
  readonly #metrics: string;

  private constructor(child: ChildProcess, metrics: string) {
    this.#child = child;
    this.#metrics = metrics;
  }

  /** Returns when it works. */
  static async start(dir: string, account: OperatorAccount, flags: readonly string[]): Promise<BenchOperator> {
    const [port] = await freePorts(1);
    const path = join(dir, 'operator.kubeconfig');
    await writeFile(path, kubeconfigOf(account), { mode: 0o600 });
    const log = openSync(join(dir, 'operator.log'), 'a');
    const node = PROFILES === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`];
    const own = [`--kubeconfig=${path}`, `--namespace=${OPERATOR_NAMESPACE}`, `--metrics-address=127.0.0.1:${port}`];
    const args = [...node, MAIN, ...own, '--runner-image=runner', '--max-runner-pods=2000', ...flags];
    const env = {
      PATH: process.env['PATH'],
      ...(await deployedEnvironment()),
      NODE_COMPILE_CACHE: cachePath('node-compile', process.version),
    };
    const child = spawn(process.execPath, args, { stdio: ['ignore', log, log], env, detached: true });
    closeSync(log);
    track(child);
    const operator = new BenchOperator(child, `http://127.0.0.1:${port}/metrics`);
    const isWorking = async () => {
      const isLeader = (await operator.metrics()).value('rune_leader') === 1;
      if (!isLeader) return 'it does not lead';
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      return ready.ok ? undefined : await ready.text();
    };
    await waitFor('the operator', isWorking, 60);
    return operator;
  }

  async metrics(): Promise<Exposition> {
    return new Exposition(await (await fetch(this.#metrics)).text());
  }

  /** Asks it to end, as a rollout does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** What the operator's manifest sets of its environment. */
async function deployedEnvironment(): Promise<Record<string, string>> {
  const manifests = await readManifests(MANIFEST);
  const containers = manifests.flatMap(containersOf) as { env?: { name: string; value?: string }[] }[];
  const set = containers.flatMap(({ env = [] }) => env).filter(({ value }) => value !== undefined);
  return Object.fromEntries(set.map(({ name, value = '' }) => [name, value]));
}

function kubeconfigOf({ server, ca, token }: OperatorAccount): string {
  const name = 'operator';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
