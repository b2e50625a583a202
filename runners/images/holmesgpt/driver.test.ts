import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

// Programs are started; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** What HolmesGPT 0.45.0 really wrote: its result, or the end of its standard error. */
const recordings = join(import.meta.dirname, 'testing');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-holmesgpt-'));
  await mkdir(join(dir, 'bin'));
});
afterEach(async () => rm(dir, { recursive: true }));

test('an answer, with its tool calls and the usage of all calls of the model', async () => {
  const { lines, last } = await ask(succeeds('tool-calls'));
  expect(last).toEqual({
    id: '7',
    status: 'ok',
    result: { answer: 'Paris', agent_version: '0.45.0', usage: { input_tokens: 9590, output_tokens: 12 } },
  });
  const tool = { id: '7', event: 'tool', name: 'bash' };
  expect(lines.slice(0, -1)).toEqual([
    { id: '7', event: 'progress', message: 'running bash: echo hello' },
    { id: '7', event: 'progress', message: 'running bash: false' },
    {
      ...tool,
      arguments: { command: 'echo hello', suggested_prefixes: ['echo'] },
      status: 'ok',
      milliseconds: expect.any(Number),
      message: 'echo hello',
    },
    {
      ...tool,
      arguments: { command: 'false', suggested_prefixes: ['false'] },
      status: 'error',
      message: expect.stringContaining('Tool call rejected'),
    },
  ]);
});

test('a tool call longer than a line may be is told of in short', async () => {
  const long = 'x'.repeat(2 ** 21);
  const result = { status: 'error', error: long, invocation: null, params: { long }, elapsed_seconds: 1 };
  const written = {
    result: 'Paris',
    prompt_tokens: 1,
    completion_tokens: 1,
    tool_calls: [{ tool_name: 'bash', result }],
  };
  await writeFile(join(dir, 'written.json'), JSON.stringify(written));
  const { lines, last } = await ask('cp written.json result.json');
  expect(last.status).toBe('ok');
  const message = 'x'.repeat(8192);
  expect(lines[0]).toEqual({ id: '7', event: 'tool', name: 'bash', status: 'error', milliseconds: 1000, message });
});

test('HolmesGPT gets the question, the context, the model, the meter and the options', async () => {
  const options = {
    maxSteps: 5,
    toolsets: { bash: false, internet: true },
    temperature: 0,
    contextWindow: 8192,
    maxOutputTokens: 512,
  };
  const ollama = { backend_type: 'ollama', base_url: 'http://127.0.0.1:9' };
  await ask(succeeds('empty'), { ...ollama, context: 'a log', options });
  expect(await readFile(join(dir, 'arguments'), 'utf8')).toBe(
    [
      'ask',
      `--prompt-file=${dir}/question.txt`,
      `--file=${dir}/context.txt`,
      '--system-prompt-additions=The question is about the Kubernetes namespace shop.',
      '--model=openai/m',
      '--max-steps=5',
      `--config=${dir}/holmes.yaml`,
      `--json-output-file=${dir}/result.json`,
      '--no-interactive',
      '--no-echo',
      '',
    ].join('\n'),
  );
  expect(await readFile(join(dir, 'question.txt'), 'utf8')).toBe('Why?');
  expect(await readFile(join(dir, 'context.txt'), 'utf8')).toBe('a log');
  expect(JSON.parse(await readFile(join(dir, 'holmes.yaml'), 'utf8')).toolsets).toEqual({
    connectivity_check: { enabled: false },
    internet: { enabled: true },
    notion: { enabled: false },
    robusta: { enabled: false },
    skills: { enabled: false },
    bash: { enabled: false, config: { builtin_allowlist: 'extended' } },
  });
  expect((await readFile(join(dir, 'environment'), 'utf8')).split('\n')).toEqual(
    expect.arrayContaining([
      'OPENAI_API_BASE=http://127.0.0.1:9/v1',
      'LLM_REQUEST_TIMEOUT=54',
      'LITELLM_LOCAL_MODEL_COST_MAP=True',
      'TEMPERATURE=0',
      'OVERRIDE_MAX_CONTENT_SIZE=8192',
      'OVERRIDE_MAX_OUTPUT_TOKEN=512',
      `HOME=${dir}`,
    ]),
  );
});

test('an empty answer stays one', async () => {
  expect((await ask(succeeds('empty'))).last.result).toMatchObject({ answer: '' });
});

test.each([
  ['model-500', 'model', /^a call to the model failed: litellm\.InternalServerError: .*scripted error 500/],
  ['model-429', 'model', /^a call to the model failed: litellm\.RateLimitError: .*scripted error 429/],
  ['model-401', 'model', /litellm\.AuthenticationError/],
  ['model-404', 'model', /litellm\.NotFoundError: .*The model `nope` does not exist/],
  ['model-refused', 'model', /litellm\.InternalServerError: .*Connection error/],
  ['model-hangs', 'timeout', /litellm\.Timeout/],
  ['out-of-steps', 'agent', /exit code 1 and no result: Exception: Too many LLM calls - exceeded max_steps/],
])('%s is an error of kind %s', async (recording, kind, words) => {
  const { last, exitCode } = await ask(fails(recording));
  expect(last).toMatchObject({ id: '7', status: 'error', error: { kind, message: expect.stringMatching(words) } });
  expect(exitCode).toBe(0);
});

test.each([
  ['exit 0', 'ended with exit code 0 and no result'],
  ["echo '{' > result.json", 'a result that cannot be read'],
  ["echo '{}' > result.json", 'a result that cannot be read'],
  ['echo killed >&2; exit 3', 'ended with exit code 3 and no result: killed'],
  ['kill -9 $$', 'was ended by a signal'],
  [`cp ${recordings}/empty.json result.json; exit 1`, 'ended with exit code 1'],
])('a HolmesGPT that does %j has failed', async (script, words) => {
  const { last } = await ask(script);
  expect(last.error).toMatchObject({ kind: 'agent', message: expect.stringContaining(words) });
});

test.each([
  [{ maxStep: 1 }, 'options.maxStep is not known; there are maxSteps, toolsets,'],
  [{ maxSteps: 0 }, 'options.maxSteps must be a whole number from 1 to 1000'],
  [{ toolsets: ['bash'] }, 'options.toolsets must be an object'],
  [{ toolsets: { bash: 'no' } }, 'options.toolsets must be an object'],
  [{ toolsets: { '../x': true } }, 'options.toolsets must be an object'],
  [{ temperature: 3 }, 'options.temperature must be a number from 0 to 2'],
  [{ contextWindow: 1.5 }, 'options.contextWindow must be a whole number'],
  [[], 'options must be an object'],
])('the options %j are refused without a run', async (options, words) => {
  const { last } = await ask(succeeds('empty'), { options });
  expect(last.error).toMatchObject({ kind: 'bad_option', message: expect.stringContaining(words) });
  await expect(readFile(join(dir, 'arguments'))).rejects.toThrow('ENOENT');
});

test('info tells of options and of the version that is pinned', async () => {
  const { last } = await driver({ id: '1', action: 'info', params: {} });
  expect(last.result).toMatchObject({ agent_version: '0.45.0', options: { additionalProperties: false } });
  const pins = await readFile(join(import.meta.dirname, 'requirements.txt'), 'utf8');
  expect(pins).toMatch(/^holmesgpt==0\.45\.0 /m);
});

test('another action is unknown', async () => {
  expect((await driver({ id: '1', action: 'dance', params: {} })).last.error).toMatchObject({ kind: 'unknown_action' });
});

interface Line {
  readonly id: string;
  readonly status?: string;
  readonly result?: object;
  readonly error?: { readonly kind: string; readonly message: string };
}

const succeeds = (recording: string) =>
  `cat '${recordings}/${recording}.stdout'; cp '${recordings}/${recording}.json' result.json`;
const fails = (recording: string) => `cat '${recordings}/${recording}.stderr' >&2; exit 1`;

/** Asks with a HolmesGPT that is a script. */
async function ask(script: string, params: object = {}) {
  const keep = `cd '${dir}'; for one; do echo "$one"; done > arguments; env > environment`;
  await writeFile(join(dir, 'bin/holmes'), `#!/bin/sh\n${keep}\n${script}\n`, { mode: 0o755 });
  const given = {
    question: 'Why?',
    model: 'm',
    base_url: 'http://127.0.0.1:9/v1',
    backend_type: 'openai',
    deadline_seconds: 60,
    namespace: 'shop',
  };
  return await driver({ id: '7', action: 'ask', params: { ...given, ...params } });
}

async function driver(request: object): Promise<{ lines: Line[]; last: Line; exitCode: number }> {
  const env = { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, TMPDIR: dir, HOME: dir };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(`${JSON.stringify(request)}\n`);
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const last = lines.at(-1);
  if (last === undefined) throw new Error('the driver said nothing');
  return { lines, last, exitCode };
}
