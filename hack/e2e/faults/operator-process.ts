import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachePath } from '../../cluster/cache.ts';
import type { WriteLog } from './write-log.ts';
import { WriteProxy } from './write-proxy.ts';

/** What an operator process needs to reach an API server as the operator's ServiceAccount. */
export type OperatorAccount = { readonly server: string; readonly ca: string; readonly token: string };

export type OperatorOptions = {
  readonly account: OperatorAccount;
  readonly log: WriteLog;
  /** Who it is: holder of the Lease, and the writer's name in the log. */
  readonly identity: string;
  /** Where its Lease lives. */
  readonly namespace: string;
  /** Flags besides those of identity, namespace, kubeconfig and Lease. */
  readonly flags?: readonly string[];
  /** It reaches the API server only after this resolved. */
  readonly held?: Promise<void>;
};

const MAIN = fileURLToPath(new URL('../../../controllers/main.ts', import.meta.url));
/** As short as the operator takes them, so that another one takes over soon. */
const LEASE_FLAGS = [
  '--lease-duration-seconds=4',
  '--lease-renew-deadline-seconds=2',
  '--lease-retry-period-seconds=1',
];
const KEPT_LOG_LINES = 400;

/** The operator as a child process that reaches the API server only through a proxy of its own. */
export class OperatorProcess {
  readonly identity: string;
  readonly proxy: WriteProxy;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #dir: string;
  readonly #logLines: string[] = [];

  private constructor(identity: string, proxy: WriteProxy, child: ChildProcess, dir: string) {
    this.identity = identity;
    this.proxy = proxy;
    this.#child = child;
    this.#dir = dir;
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => this.#remember(data));
  }

  /** Returns when the process has been started; it has then not yet done anything. */
  static async start(options: OperatorOptions): Promise<OperatorProcess> {
    const { account, log, identity, namespace, flags = [], held } = options;
    const dir = await mkdtemp(join(tmpdir(), 'rune-operator-'));
    let operator: OperatorProcess | undefined;
    const kill = async () => operator?.kill();
    const proxy = await WriteProxy.start({ ...account, operator: identity, log, kill, held });
    const kubeconfig = join(dir, 'kubeconfig');
    await writeFile(kubeconfig, proxy.kubeconfig, { mode: 0o600 });
    const own = [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, `--identity=${identity}`];
    const args = [MAIN, ...own, ...LEASE_FLAGS, '--metrics-address=127.0.0.1:0', ...flags];
    const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: cachePath('node-compile', process.version) };
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    operator = new OperatorProcess(identity, proxy, child, dir);
    return operator;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The exit code; null while it runs and after a signal. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Resolves when it has ended, however. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Freezes it. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Asks it to end, and kills it where it does not. Removes its files and its proxy. */
  async stop(): Promise<void> {
    if (!this.hasEnded) {
      this.#child.kill('SIGCONT');
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
      await this.#ended;
      clearTimeout(late);
    }
    await this.proxy.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** The last lines that it logged, for people who look for a failure's cause. */
  get logTail(): string {
    return this.#logLines.join('\n');
  }

  #remember(data: Buffer): void {
    this.#logLines.push(...data.toString().trimEnd().split('\n'));
    this.#logLines.splice(0, Math.max(0, this.#logLines.length - KEPT_LOG_LINES));
  }
}
