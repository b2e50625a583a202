import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

// Each test starts several processes, on machines that may be busy.
const TIMEOUT = { timeout: 60_000 };
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const DRIVER = `${process.execPath} ${path('../../runners/templates/driver.ts')}`;

let folder: string;
let model: ChildProcess;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rune-run-local-'));
  mkdirSync(join(folder, 'tmp'));
  const env = { ...process.env, PORT: '0', SECOND_PORT: '0', HOST: '127.0.0.1' };
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  model = spawn(process.execPath, [path('../e2e/scripted-model/main.ts')], { env, stdio });
  for await (const line of createInterface({ input: model.stdout as NodeJS.ReadableStream })) {
    url = /at (http:\S+),/.exec(line)?.[1] ?? '';
    break;
  }
});

afterAll(async () => {
  model.kill('SIGTERM');
  await once(model, 'exit');
  rmSync(folder, { recursive: true });
});

type Scene = {
  model?: string;
  /** Of the RuneJob. */
  spec?: object;
  question?: object;
  agent?: object;
  openai?: object;
  arguments?: string[];
  env?: NodeJS.ProcessEnv;
};

let files = 0;

/** A file with all that a run needs. */
function manifests({ model: name = 'answer:Paris', spec, question, agent, openai }: Scene): string {
  const kind = (kindName: string, of: string, rest: object) => ({
    apiVersion: 'bench.rune.ai/v1alpha1',
    kind: kindName,
    metadata: { name: of },
    ...rest,
  });
  const documents = [
    kind('RuneJob', 'capital', {
      spec: {
        agent: { ref: { name: 'one' } },
        model: { name, backendRef: { name: 'scripted' } },
        question: { prompt: 'The capital of France?', expect: [{ contains: { all: ['Paris'] } }], ...question },
        ...spec,
      },
    }),
    kind('RuneAgent', 'one', {
      spec: { displayName: 'One', domain: 'SRE', tier: 'Closed', ...(agent ?? { openai: {} }) },
    }),
    kind('RuneBackend', 'scripted', {
      spec: {
        openai: { baseURL: `${url}/v1`, ...openai },
        prices: { inputPerMillionTokensUSD: '1', outputPerMillionTokensUSD: '2' },
      },
    }),
  ];
  files += 1;
  const file = join(folder, `${files}.yaml`);
  writeFileSync(file, documents.map((document) => stringify(document)).join('---\n'));
  return file;
}

function start(scene: Scene) {
  const args = [path('main.ts'), manifests(scene), ...(scene.arguments ?? [])];
  const env = { PATH: process.env['PATH'], TMPDIR: join(folder, 'tmp'), ...scene.env };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  /** Resolves as soon as standard error holds the text. */
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stderr.on('data', () => output.stderr.includes(text) && resolve());
      void ended.then(() => reject(new Error(`it ended without saying "${text}":\n${output.stderr}`)));
    });
  return { child, ended, says };
}

/** The command of a driver that is this code, with `id`, `params` and `say(line)`. */
function program(name: string, code: string): string {
  const file = join(folder, `${name}.mjs`);
  const start = `import { readFileSync, writeFileSync } from 'node:fs';
    const { id, action, params } = JSON.parse(readFileSync(0, 'utf8'));
    const say = (line) => console.log(JSON.stringify({ id, ...line }));
    if (action === 'info') { say({ status: 'ok', result: {} }); process.exit(0); }`;
  writeFileSync(file, `${start}\n${code}`);
  return `${process.execPath} ${file}`;
}

const run = (scene: Scene) => start(scene).ended;
const CONTAINER = { container: { image: 'example.org/one' } };

describe('a model that is asked itself', TIMEOUT, () => {
  it('passes with 0, and what it used is shown', async () => {
    const { code, stdout, stderr } = await run({ model: 'answer:Paris/tokens:100:10' });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('progress phase=asked') });
    expect(stdout).toMatch(/^Paris\n\noutcome {3}Passed \(Scored\)\nscore {5}1000 of 1000, entries 1\n/);
    expect(stdout).toContain('tokens    100 in, 10 out, in 1 model calls\ncost      0.000120 US dollars\n');
  });

  it('answers with 0 where nothing is expected, and fails with 1', async () => {
    expect(await run({ question: { expect: [] } })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Answered'),
    });
    expect(await run({ model: 'answer:Lyon' })).toMatchObject({ code: 1, stdout: expect.stringContaining('Failed') });
  });

  it('is not to blame for its backend, which ends with 1', async () => {
    const { code, stdout } = await run({ model: 'answer:Paris/error:429' });
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('Throttled (RateLimited)') });
  });

  it('is called with the key of the environment or of a file', async () => {
    const openai = { baseURL: `${url}/as/key:s3cret/v1`, apiKeySecretRef: { name: 'key' } };
    const scene = { openai };
    const { code, stdout, stderr } = await run({ ...scene, env: { RUNE_API_KEY: 's3cret' } });
    expect({ code, leaks: `${stdout}${stderr}`.includes('s3cret') }).toEqual({ code: 0, leaks: false });
    const file = join(folder, 'key');
    writeFileSync(file, 's3cret\n');
    expect(await run({ ...scene, arguments: ['--api-key-file', file] })).toMatchObject({ code: 0 });
    expect(await run(scene)).toMatchObject({ code: 2, stderr: expect.stringContaining('RUNE_API_KEY') });
  });

  it('does not make a terminal obey', async () => {
    const { stdout } = await run({ question: { prompt: '<<answer: Paris\u001b[31m>>' } });
    expect(stdout).toMatch(/^Paris \[31m\n/);
  });
});

describe('a driver', TIMEOUT, () => {
  it('answers by way of the meter, with its findings and tools scored', async () => {
    const { code, stdout, stderr } = await run({
      agent: CONTAINER,
      arguments: ['--driver', DRIVER],
      model: 'answer:Paris/tokens:100:10',
    });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('from=agent') });
    expect(stdout).toContain('Passed (Scored)');
    expect(stdout).toContain('100 in, 10 out, in 1 model calls');
  });

  it('gets the environment of its RuneAgent, and nothing of ours', async () => {
    const driver = program('environment', `say({ status: 'ok', result: { answer: JSON.stringify(process.env) } });`);
    const { stdout } = await run({
      agent: { container: { image: 'one', env: [{ name: 'FILTERS', value: 'Pod' }] } },
      question: { expect: [{ jsonPath: { path: '$.FILTERS', value: 'Pod' } }] },
      openai: { apiKeySecretRef: { name: 'key' } },
      env: { RUNE_API_KEY: 's3cret', HOME: '/home/somebody' },
      arguments: ['--driver', driver],
    });
    expect(stdout).toContain('Passed (Scored)');
    expect(stdout).not.toMatch(/s3cret|somebody/);
  });

  it('that fails is an error of the agent', async () => {
    const { code, stdout } = await run({ agent: CONTAINER, arguments: ['--driver', 'false'] });
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('AgentError') });
  });
});

describe('a signal', TIMEOUT, () => {
  /** Ends at SIGKILL only. */
  const stubborn = (name: string): Scene => {
    const code = `process.on('SIGTERM', () => {});
      writeFileSync('${join(folder, name)}', String(process.pid));
      say({ event: 'log', message: 'at work' });
      setInterval(() => {}, 1000);`;
    return { agent: CONTAINER, arguments: ['--driver', program(name, code)] };
  };
  const isGone = (name: string): boolean => {
    try {
      return !process.kill(Number(readFileSync(join(folder, name), 'utf8')), 0);
    } catch {
      return true;
    }
  };

  it.each(['SIGINT', 'SIGHUP'] as const)(
    '%s cancels the question, which is reported, and leaves nothing',
    async (name) => {
      const { child, ended, says } = start(stubborn(name));
      await says('at work');
      child.kill(name);
      expect(await ended).toMatchObject({ code: 1, stdout: expect.stringContaining('Cancelled (Terminated)') });
      expect(isGone(name)).toBe(true);
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    },
  );

  it('twice ends all at once, and leaves nothing', async () => {
    const { child, ended, says } = start(stubborn('killed'));
    await says('at work');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('without a report (SIGKILL)') });
    expect(isGone('killed')).toBe(true);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });
});

describe('wrong use', TIMEOUT, () => {
  it.each<[string, Scene, string]>([
    [
      'fixtures',
      { question: { fixtures: { manifests: [{ apiVersion: 'v1', kind: 'Pod' }] } } },
      'spec.question.fixtures: a local run makes nothing in a cluster',
    ],
    [
      'a question in a Secret',
      { spec: { question: undefined, questionRef: { revision: 'a', id: 'b' } } },
      'spec.questionRef: a local run reads no Secrets',
    ],
    ['a container without a driver', { agent: CONTAINER }, "DRIVER='node driver.ts'"],
    [
      'a driver that is no program',
      { agent: CONTAINER, arguments: ['--driver', 'no-such-program'] },
      'there is no program no-such-program',
    ],
    [
      'an agent that cannot be called',
      { agent: { unavailable: { reason: 'It has no interface.', since: '2026-01-01' } } },
      'The agent cannot be called: It has no interface.',
    ],
    [
      'two kinds of agent',
      { agent: { ...CONTAINER, openai: {} } },
      'exactly one of container, openai, unavailable must be set',
    ],
    [
      'an agent that is not there',
      { spec: { agent: { ref: { name: 'two' } } } },
      'there is no RuneAgent "two"; name its file: AGENT=file.yaml',
    ],
    [
      'a field of another type',
      { spec: { activeDeadlineSeconds: '60' } },
      'spec.activeDeadlineSeconds must be integer',
    ],
    ['an unknown field', { spec: { deadline: 60 } }, 'spec has the unknown field "deadline"'],
    ['an unknown option', { arguments: ['--colour'] }, "unknown option '--colour'"],
    ['an unreadable file', { arguments: ['--agent', 'none.yaml'] }, 'none.yaml: it cannot be read'],
  ])('%s ends with 2 and says what to do', async (_, scene, message) => {
    const { code, stderr } = await run(scene);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
