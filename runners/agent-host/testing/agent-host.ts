import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../agent-host.ts', import.meta.url));

type Json = Record<string, unknown>;

/** agent-host as a process, with folders of its own. */
export class AgentHost {
  readonly folder = mkdtempSync(join(tmpdir(), 'agent-host-'));
  readonly artifacts = join(this.folder, 'artifacts');
  /** Holds the private folders of questions, and nothing when they are done. */
  readonly scratch = join(this.folder, 'scratch');
  readonly child: ChildProcess;
  stderr = '';
  #url = '';

  /** Whether it is the first process of a PID namespace, as in a container. */
  readonly #isInit: boolean;

  private constructor(command: string[], isInit: boolean) {
    this.#isInit = isInit;
    mkdirSync(this.artifacts);
    mkdirSync(this.scratch);
    const flags = ['--port', '0', '--artifacts', this.artifacts, '--', ...command];
    const namespace = isInit ? ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] : [];
    const start = [`TMPDIR=${this.scratch}`, ...namespace, process.execPath, ENTRY, ...flags];
    this.child = spawn('env', start, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
  }

  static async start(...command: string[]): Promise<AgentHost> {
    return await AgentHost.#listening(new AgentHost(command, false));
  }

  /** As the first process of a PID namespace, for which root is needed. */
  static async startAsInit(code: string): Promise<AgentHost> {
    return await AgentHost.#listening(new AgentHost([process.execPath, '-e', `${DRIVER_START}${code}`], true));
  }

  static async #listening(host: AgentHost): Promise<AgentHost> {
    const lines = createInterface({ input: host.child.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, 'line')) as [string];
    host.#url = `http://127.0.0.1:${(JSON.parse(line) as { listening: { port: number } }).listening.port}`;
    return host;
  }

  get url(): string {
    return this.#url;
  }

  /** A driver that is this code of JavaScript; it has `id`, `params` and `say(line)`, and answers `info` at once. */
  static async startCode(code: string): Promise<AgentHost> {
    return await AgentHost.start(process.execPath, '-e', `${DRIVER_START}${code}`);
  }

  async request(path: string, init: RequestInit = {}): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.#url + path, init);
    return { status: response.status, body: (await response.json()) as Json };
  }

  async ask(params: Json = {}): Promise<string> {
    const { body } = await this.request('/v1/actions/ask', { method: 'POST', body: JSON.stringify(params) });
    if (typeof body['job_id'] !== 'string') throw new Error(JSON.stringify(body));
    return body['job_id'];
  }

  /** All events after a number, up to the end. */
  async events(job: string, after = 0): Promise<Json[]> {
    const response = await fetch(`${this.#url}/v1/jobs/${job}/events?after=${after}`);
    return (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
  }

  /** The state of a job when it is done. */
  async done(job: string): Promise<Json> {
    await this.events(job);
    return (await this.request(`/v1/jobs/${job}`)).body;
  }

  /** What comes of one question. */
  async outcome(params: Json = {}): Promise<Json> {
    const { job_id, state, ...outcome } = await this.done(await this.ask(params));
    return outcome;
  }

  /** The first event that is there. */
  async firstEvent(job: string): Promise<Json> {
    const response = await fetch(`${this.#url}/v1/jobs/${job}/events`);
    for await (const chunk of response.body ?? [])
      return JSON.parse(Buffer.from(chunk).toString().split('\n')[0] ?? '') as Json;
    throw new Error('no event');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      // What makes the namespace does not pass signals on, but takes all of it along.
      this.child.kill(this.#isInit ? 'SIGKILL' : 'SIGTERM');
      await exited;
    }
    rmSync(this.folder, { recursive: true });
  }
}

const DRIVER_START = `
  const { id, action, params } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const say = (line) => process.stdout.write(JSON.stringify({ id, ...line }) + '\\n');
  const answer = (text) => say({ status: 'ok', result: { answer: text } });
  if (action === 'info') { say({ status: 'ok', result: { driver: 'code 1' } }); process.exit(0); }
`;
