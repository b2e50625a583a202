import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

// Programs are started; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** Each `.sse` file is what LangGraph's server really answered. */
const testing = join(import.meta.dirname, 'testing');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-langgraph-'));
});
afterEach(async () => rm(dir, { recursive: true }));

test('an answer, with its tool calls and the usage of all calls of the model', async () => {
  const { lines, last } = await ask('tool-calls');
  expect(last).toMatchObject({
    status: 'ok',
    result: { answer: '391', agent_version: '1.7.3', usage: { output_tokens: 7 } },
  });
  expect(lines.filter(({ event }) => event === 'tool')).toEqual([
    {
      id: '7',
      event: 'tool',
      name: 'calculate',
      arguments: { expression: '17*23' },
      status: 'ok',
      milliseconds: expect.any(Number),
      message: '391',
    },
    {
      id: '7',
      event: 'tool',
      name: 'calculate',
      arguments: { expression: '17*' },
      status: 'error',
      message: expect.stringContaining('Unexpected end of expression'),
    },
    {
      id: '7',
      event: 'tool',
      name: 'nope',
      arguments: {},
      status: 'error',
      message: expect.stringContaining('Tool "nope" not found'),
    },
  ]);
});

test('the graph gets the model, the meter and the options', async () => {
  await ask('empty', {
    params: { backend_type: 'ollama', base_url: 'http://127.0.0.1:9', seed: 4, context: 'a log' },
    options: { maxSteps: 3, temperature: 0, tools: ['calculate'], systemPrompt: 'Be brief.' },
  });
  const { url, body } = JSON.parse(await readFile(join(dir, 'request'), 'utf8'));
  expect(url).toBe('/runs/stream');
  expect(body).toMatchObject({
    assistant_id: 'agent',
    input: { messages: [{ role: 'user', content: 'Why?\n\nContext:\na log' }] },
    config: {
      recursion_limit: 6,
      configurable: {
        rune: {
          model: 'm',
          baseURL: 'http://127.0.0.1:9/v1',
          temperature: 0,
          seed: 4,
          systemPrompt: 'Be brief.',
          tools: ['calculate'],
          context: 'a log',
          artifactsDir: '/artifacts',
          timeoutMilliseconds: 60_000,
        },
      },
    },
  });
});

test('a long context is begun in the prompt and whole for the tools', async () => {
  const context = 'x'.repeat(20_000);
  await ask('empty', { params: { context } });
  const { body } = JSON.parse(await readFile(join(dir, 'request'), 'utf8'));
  expect(body.input.messages[0].content).toMatch(
    /^Why\?\n\nThe beginning of the context; search_context .*:\nx{16384}$/,
  );
  expect(body.config.configurable.rune.context).toBe(context);
});

test('an empty answer stays one', async () => {
  expect((await ask('empty')).last.result).toMatchObject({ answer: '' });
});

test('a long answer is written whole before the driver ends', async () => {
  const content = 'word '.repeat(60_000);
  const messages = [{ type: 'ai', content, tool_calls: [], invalid_tool_calls: [] }];
  await writeFile(join(dir, 'long.sse'), `event: updates\ndata: ${JSON.stringify({ model: { messages } })}\n\n`);
  expect((await ask(join(dir, 'long'))).last.result).toMatchObject({ answer: content });
});

test.each([
  ['model-500', 'model', 'a call to the model failed: 500 scripted error 500'],
  ['model-429', 'model', 'a call to the model failed: 429'],
  ['model-404', 'model', 'a call to the model failed: 404 The model `nope` does not exist'],
  ['model-refused', 'model', 'a call to the model failed: Connection error.'],
  ['model-hangs', 'timeout', 'Request timed out'],
  ['out-of-steps', 'agent', 'options.maxSteps'],
])('%s, answered with status 200, is an error of kind %s', async (reply, kind, words) => {
  const { last, exitCode } = await ask(reply);
  expect(last).toMatchObject({ id: '7', status: 'error', error: { kind, message: expect.stringContaining(words) } });
  expect(exitCode).toBe(0);
});

test.each([
  ['no-start', "LangGraph's server ended (exit code 3)"],
  ['crash', "LangGraph's server"],
  ['not-found', 'refused the run (404): No assistant found for "agent".'],
])('a server with the fault %s is an error of the agent', async (fault, words) => {
  const { last } = await ask('empty', { fault });
  expect(last.error).toMatchObject({ kind: 'agent', message: expect.stringContaining(words) });
});

test('a run that ends without a last message is an error', async () => {
  const { last } = await ask('cut');
  expect(last.error).toMatchObject({ kind: 'agent', message: expect.stringContaining('came to no end') });
});

test('the answer is not kept waiting by a server that does not close the stream', async () => {
  expect((await ask('tool-calls', { fault: 'silent' })).last.result).toMatchObject({ answer: '391' });
});

test.each([
  [{ tool: [] }, 'options.tool is not known; there are systemPrompt, maxSteps, temperature, tools'],
  [{ tools: ['rm'] }, 'options.tools must be a list of calculate,'],
  [{ tools: ['calculate', 'calculate'] }, 'each at most once'],
  [{ maxSteps: 0 }, 'options.maxSteps must be a whole number from 1 to 200'],
  [{ temperature: '1' }, 'options.temperature must be a number from 0 to 2'],
  [{ systemPrompt: 1 }, 'options.systemPrompt must be a text'],
  ['x', 'options must be an object'],
])('the options %j are refused without a run', async (options, words) => {
  const { last } = await ask('empty', { options });
  expect(last.error).toMatchObject({ kind: 'bad_option', message: expect.stringContaining(words) });
  await expect(readFile(join(dir, 'request'))).rejects.toThrow('ENOENT');
});

test('info tells of versions and options', async () => {
  const { last } = await driver({ id: '1', action: 'info', params: {} });
  expect(last.result).toMatchObject({
    driver: 'rune-langgraph 1',
    agent_version: '1.7.3',
    options: { additionalProperties: false },
  });
});

test('another action is unknown', async () => {
  expect((await driver({ id: '1', action: 'dance', params: {} })).last.error).toMatchObject({ kind: 'unknown_action' });
});

interface Line {
  readonly id: string;
  readonly event?: string;
  readonly status?: string;
  readonly result?: { readonly answer: string };
  readonly error?: { readonly kind: string; readonly message: string };
}

const given = {
  question: 'Why?',
  model: 'm',
  base_url: 'http://127.0.0.1:9/v1',
  backend_type: 'openai',
  deadline_seconds: 60,
  artifacts_dir: '/artifacts',
  namespace: 'shop',
};

/** Asks with a server that answers with a recording. */
async function ask(reply: string, { fault = '', params = {}, options = {} as unknown } = {}) {
  const request = { id: '7', action: 'ask', params: { ...given, ...params, options } };
  await writeFile(join(dir, 'fake.json'), JSON.stringify({ reply: resolve(testing, `${reply}.sse`), fault }));
  return await driver(request);
}

async function driver(request: object): Promise<{ lines: Line[]; last: Line; exitCode: number }> {
  const programs = [join(import.meta.dirname, 'driver.ts'), join(testing, 'fake-server.ts')];
  const child = spawn(process.execPath, programs, {
    env: { TMPDIR: dir, HOME: dir },
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
