import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type ApiEndpoint, apiGet } from './api-request.ts';
import { certificateRequests, issueCertificates, readCredentials } from './certificates.ts';
import {
  apiServerFlags,
  auditPolicy,
  type ControlPlaneLayout,
  controllerManagerFlags,
  etcdFlags,
  schedulerFlags,
} from './control-plane-flags.ts';
import { compactEtcd } from './etcd-compaction.ts';
import { freePorts } from './free-ports.ts';
import { kubeBinDir } from './kube-binary.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';
import { waitFor } from './wait.ts';

export interface ControlPlaneOptions {
  /** Also run the controllers: garbage collection, namespace deletion, service accounts. Default: false. */
  readonly withControllerManager?: boolean;
  /** Also run the scheduler, for Pods on nodes that somebody else plays. Default: false. */
  readonly withScheduler?: boolean;
  /** Flags besides ours; of two of a name the last one counts. */
  readonly flags?: Readonly<Partial<Record<Program, readonly string[]>>>;
}

type Program = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** Starts a control plane of its own on loopback: no root, no kubelet, no containers. Ready when this returns. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), 'rune-control-plane-'));
  const [apiPort = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3);
  const layout: ControlPlaneLayout = {
    pkiDir: join(dir, 'pki'),
    etcdDir: join(dir, 'etcd'),
    auditPolicy: join(dir, 'audit-policy.yaml'),
    auditLog: join(dir, 'audit.log'),
    address: '127.0.0.1',
    apiPort,
    etcdPort,
    etcdPeerPort,
  };
  const [binDir] = await Promise.all([
    kubeBinDir(),
    issueCertificates(layout.pkiDir, certificateRequests('none', [])),
    writeFile(layout.auditPolicy, stringify(auditPolicy)),
  ]);
  const endpoint = { url: `https://127.0.0.1:${apiPort}`, credentials: await readCredentials(layout.pkiDir, 'admin') };
  const plane = new ControlPlane(dir, binDir, layout, endpoint, options);
  try {
    await plane.start();
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

/** An etcd and a kube-apiserver that belong to this process and end with it, however it ends. */
export class ControlPlane {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the audit log: one JSON event a line, as it was answered. */
  readonly auditLog: string;
  /** For example `https://127.0.0.1:40001`. */
  readonly url: string;
  readonly #dir: string;
  readonly #binDir: string;
  readonly #layout: ControlPlaneLayout;
  readonly #endpoint: ApiEndpoint;
  readonly #options: ControlPlaneOptions;
  readonly #running = new Map<Program, ChildProcess>();

  constructor(
    dir: string,
    binDir: string,
    layout: ControlPlaneLayout,
    endpoint: ApiEndpoint,
    options: ControlPlaneOptions,
  ) {
    this.kubeconfig = join(dir, 'kubeconfig');
    this.auditLog = layout.auditLog;
    this.url = endpoint.url;
    this.#dir = dir;
    this.#binDir = binDir;
    this.#layout = layout;
    this.#endpoint = endpoint;
    this.#options = options;
  }

  async start(): Promise<void> {
    await writeKubeconfig(this.kubeconfig, kubeconfig('rune-control-plane', this.url, this.#endpoint.credentials));
    this.#spawn('etcd', etcdFlags(this.#layout));
    await this.startApiServer();
    if (this.#options.withScheduler) {
      const path = await this.#kubeconfigOf('kube-scheduler');
      this.#spawn('kube-scheduler', [...schedulerFlags(path), '--secure-port=0']);
    }
    if (!this.#options.withControllerManager) return;
    const path = await this.#kubeconfigOf('kube-controller-manager');
    this.#spawn('kube-controller-manager', [...controllerManagerFlags(this.#layout, path), '--secure-port=0']);
    await waitFor('the service account of the namespace default', async () => this.#hasServiceAccount(), 30);
  }

  /** Starts the API server and waits until it answers. */
  async startApiServer(): Promise<void> {
    // Without the controller-manager there is no service account, and Pods would be refused for that.
    const withoutAccounts = this.#options.withControllerManager ? [] : ['--disable-admission-plugins=ServiceAccount'];
    const flags = ['--endpoint-reconciler-type=none', ...withoutAccounts];
    this.#spawn('kube-apiserver', apiServerFlags(this.#layout, flags));
    await waitFor('the API server', async () => this.#apiServerMissing(), 60);
  }

  /** Ends the API server at once, as a crash would. */
  async killApiServer(): Promise<void> {
    await this.#kill('kube-apiserver');
  }

  /** Kills the API server and starts it again at the same address. */
  async restartApiServer(): Promise<void> {
    await this.killApiServer();
    await this.startApiServer();
  }

  /** Forgets all past revisions; see `compactEtcd`. Watches from older ones get 410 after `restartApiServer`. */
  async compactEtcd(): Promise<number> {
    return await compactEtcd(`http://127.0.0.1:${this.#layout.etcdPort}`);
  }

  /** Ends everything and removes its files. */
  async stop(): Promise<void> {
    for (const name of ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'] as const)
      await this.#kill(name);
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #kubeconfigOf(program: 'kube-controller-manager' | 'kube-scheduler'): Promise<string> {
    const path = join(this.#dir, `${program}.kubeconfig`);
    const credentials = await readCredentials(this.#layout.pkiDir, program);
    await writeKubeconfig(path, kubeconfig('rune-control-plane', this.url, credentials));
    return path;
  }

  #spawn(program: Program, args: readonly string[]): void {
    const log = openSync(join(this.#dir, `${program}.log`), 'a');
    const child = spawn(join(this.#binDir, program), [...args, ...(this.#options.flags?.[program] ?? [])], {
      cwd: this.#dir,
      stdio: ['pipe', log, log],
      env: { PATH: process.env['PATH'], KUBE_EXIT_WITH_STDIN: '1' },
    });
    closeSync(log);
    child.on('error', () => {}); // It then never answers, which the wait for it reports with the log.
    child.unref();
    this.#running.set(program, child);
  }

  async #kill(program: Program): Promise<void> {
    const child = this.#running.get(program);
    this.#running.delete(program);
    if (!child || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGKILL');
    await ended;
  }

  async #apiServerMissing(): Promise<string | undefined> {
    for (const [program, child] of this.#running) {
      if (hasEnded(child)) return `${program} has ended: ${await this.#lastWords(program)}`;
    }
    await apiGet(this.#endpoint, '/readyz');
    return undefined;
  }

  async #hasServiceAccount(): Promise<undefined> {
    await apiGet(this.#endpoint, '/api/v1/namespaces/default/serviceaccounts/default');
  }

  async #lastWords(program: Program): Promise<string> {
    const log = await readFile(join(this.#dir, `${program}.log`), 'utf8');
    return log.trim().split('\n').slice(-5).join('\n');
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
