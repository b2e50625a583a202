import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Command } from '../agent-host/config.ts';
import { type CheckResult, runChecks } from './check.ts';
import { TestModel } from './model.ts';
import { stdioChecks } from './stdio-checks.ts';

// Each test starts processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** A driver without a fault; each test makes one. */
const GOOD = `
const { id, action, params } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const say = (line) => process.stdout.write(JSON.stringify({ id, ...line }) + '\\n');
const fail = (kind, message) => say({ status: 'error', error: { kind, message } });
const info = () => say({ status: 'ok', result: {} });
const ask = async () => {
  if (Object.keys(params.options).length > 0) return fail('bad_option', 'there are no options');
  say({ event: 'log', message: 'asking' });
  const content = params.question + (params.context ?? '');
  const body = JSON.stringify({ model: params.model, messages: [{ role: 'user', content }] });
  const response = await fetch(params.base_url + '/chat/completions', { method: 'POST', body });
  if (!response.ok) return fail('model', String(response.status));
  const answer = (await response.json()).choices[0].message.content;
  say({ status: 'ok', result: { answer } });
};
if (action === 'info') info();
else if (action === 'ask') ask().catch((error) => fail('model', String(error)));
else fail('unknown_action', action);
`;

const CHECK = {
  info: 'info is answered, without a call to a model',
  question: 'a question is answered',
  model: 'the answer is what the named model said to the question and its context',
  unknownFields: 'unknown fields are ignored',
  characters: 'any character can stand in a question and in an answer',
  long: 'a question of 16 KiB, and an answer of 200 KiB',
  option: 'an unknown option is the error bad_option',
  action: 'an unknown action is the error unknown_action',
  noRequest: 'a line that is no request gets no result',
  model500: 'a model that answers 500 is the error model',
  rubbish: 'a model that answers rubbish is an error',
  hang: 'when the model hangs, SIGTERM ends it with its children, and there is no answer',
} as const;

const RESULT = `say({ status: 'ok', result: { answer } });`;
const ASKING = `say({ event: 'log', message: 'asking' });`;

/** The fault, what is written instead of what, the check that must find it, and what it must say. */
const FAULTS: [string, string, string, keyof typeof CHECK, string][] = [
  [
    'a number as id',
    '{ id, ...line }',
    '{ id: 1, ...line }',
    'question',
    'line 1 of standard output: `id` is 1, not "driver-test-1"',
  ],
  ['no id', '{ id, ...line }', 'line', 'question', '`id` is missing'],
  [
    'JSON over several lines',
    '...line })',
    '...line }, null, 2)',
    'question',
    'line 1 of standard output: is not JSON\n{',
  ],
  ['blanks before JSON', 'write(', `write(' ' + `, 'question', 'begins with {, without blanks'],
  [
    'a log without its message',
    `message: 'asking'`,
    `text: 'asking'`,
    'question',
    '`message` is missing, not a string\n{"id":"driver-test-1","event":"log"',
  ],
  ['an event that is not known', `event: 'log'`, `event: 'thought'`, 'question', 'there is no event of this name'],
  [
    'the answer as bare text',
    RESULT,
    'console.log(answer);',
    'question',
    'it exited without a result or an error in 1 lines',
  ],
  ['no answer in the result', 'result: { answer }', 'result: { text: answer }', 'question', '`answer` is missing'],
  ['an empty answer', 'result: { answer }', `result: { answer: '' }`, 'question', '`answer` is empty'],
  [
    'findings that are text',
    'result: { answer }',
    `result: { answer, findings: ['x'] }`,
    'question',
    '`findings[0]` is "x", not an object',
  ],
  ['two results', RESULT, RESULT + RESULT, 'question', 'line 3 of standard output: it comes after the result'],
  [
    'exit 1 after the result',
    RESULT,
    `${RESULT} console.error('oops'); process.exitCode = 1;`,
    'question',
    'it exited with 1, not with 0\nits standard error ends: oops',
  ],
  ['exit 1', RESULT, 'process.exit(1);', 'question', 'it exited with 1'],
  ['a crash', RESULT, `process.kill(process.pid, 'SIGSEGV');`, 'question', 'it was ended by SIGSEGV'],
  [
    'no exit',
    RESULT,
    `${RESULT} setInterval(() => {}, 1000);`,
    'question',
    'it told its result, but did not exit within 3 s',
  ],
  ['no end', RESULT, 'setInterval(() => {}, 1000);', 'question', 'it told no result within 3 s'],
  [
    'a flood',
    ASKING,
    `for (let i = 0; i < 20000; i++) console.log('x'.repeat(1024));`,
    'question',
    'more than 16777216 bytes',
  ],
  [
    'a long line',
    ASKING,
    `say({ event: 'log', message: 'x'.repeat(2 ** 20) });`,
    'question',
    'it is longer than 1048576 bytes',
  ],
  [
    'a process that stays',
    RESULT,
    `require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref(); ${RESULT}`,
    'question',
    'it left 1 processes, which would be killed: sleep 60',
  ],
  ['no info', `action === 'info'`, `action === ''`, 'info', 'unknown_action'],
  [
    'info that asks the model',
    'const info = ()',
    `const info = () => fetch(process.env.MODEL + '/chat/completions', { method: 'POST' }).then(told); const told = ()`,
    'info',
    'it called the model',
  ],
  [
    'fields that it does not know',
    'const ask = async () => {',
    `const ask = async () => { if ('rune-unknown' in params) throw new Error('unknown field');`,
    'unknownFields',
    'unknown field',
  ],
  [
    'another model',
    'model: params.model',
    `model: 'gpt-9'`,
    'model',
    'it called the model "gpt-9", not "rune-test-model"',
  ],
  ['no context', `(params.context ?? '')`, `''`, 'model', 'no call to the model holds "The context'],
  ['an answer of its own', 'result: { answer }', `result: { answer: 'done' }`, 'model', 'the answer is "done"'],
  [
    'text that is cleaned',
    'params.question +',
    `params.question.replace(/"/g, '') +`,
    'characters',
    'no call to the model holds',
  ],
  [
    'a question that is cut',
    'params.question +',
    'params.question.slice(0, 4096) +',
    'long',
    'no call to the model holds',
  ],
  [
    'an answer that is cut',
    'result: { answer }',
    'result: { answer: answer.slice(0, 1000) }',
    'long',
    'the answer has 1000',
  ],
  [
    'options that are not looked at',
    'length > 0',
    'length > 9',
    'option',
    'it told a result, not the error bad_option',
  ],
  [
    'options by another kind',
    `fail('bad_option'`,
    `fail('agent'`,
    'option',
    'it told the error agent, not bad_option: there are no options',
  ],
  ['a kind of its own', `fail('bad_option'`, `fail('option'`, 'option', '`kind` is "option", not one of agent'],
  ['any action', `else if (action === 'ask')`, 'else if (true)', 'action', 'told'],
  [
    'a result for no request',
    'const { id, action, params } =',
    `process.on('uncaughtException', () => console.log('{"status":"ok"}')); const { id, action, params } =`,
    'noRequest',
    'it told a result',
  ],
  [
    'the error as an answer',
    `return fail('model', String(response.status))`,
    `return say({ status: 'ok', result: { answer: 'Error: ' + response.status } })`,
    'model500',
    'it told a result, not the error model: {"status":"ok","result":{"answer":"Error: 500"}}',
  ],
  [
    'rubbish as an answer',
    '(await response.json()).choices[0].message.content',
    'await response.text()',
    'rubbish',
    'it told a result',
  ],
  [
    'SIGTERM ignored',
    ASKING,
    `process.on('SIGTERM', () => {}); ${ASKING}`,
    'hang',
    'it did not end within 2 s after SIGTERM',
  ],
  [
    'an answer at SIGTERM',
    ASKING,
    `process.on('SIGTERM', () => { say({ status: 'ok', result: { answer: 'x' } }); process.exit(); });`,
    'hang',
    'a result that no model gave',
  ],
];

let model: TestModel;
beforeAll(async () => {
  model = await TestModel.start();
});
afterAll(() => model.close());

test('the good driver passes', async () => {
  const results = await check(GOOD);
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.values(CHECK)));
});

test.each(FAULTS)('%s', async (_, good, bad, name, message) => {
  expect(GOOD).toContain(good);
  const [result] = await check(
    GOOD.replace(good, () => bad),
    CHECK[name],
  );
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining(message) });
});

test('a driver that is not there fails each check', async () => {
  const results = await run(['no-such-driver']);
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['failed']));
  expect(results[0]?.message).toContain('no-such-driver');
});

test('what needs a model is skipped for a driver that calls none', async () => {
  const results = await run(
    [process.execPath, '-e', GOOD.replace(/const content[\s\S]*const answer.*$/m, `const answer = 'x';`)],
    undefined,
    false,
  );
  expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(results.find(({ name }) => name === CHECK.model500)?.message).toContain('call no model');
});

async function check(code: string, only?: string): Promise<CheckResult[]> {
  return await run([process.execPath, '-e', code], only);
}

async function run(command: Command, only?: string, hasModel = true): Promise<CheckResult[]> {
  const environment = { ...process.env, MODEL: model.baseURL };
  const subject = {
    question: 'What is the word of the day?',
    options: {},
    hasModel,
    timeoutSeconds: only ? 3 : 30,
    environment,
  };
  const checks = stdioChecks(command, subject, model).filter(({ name }) => only === undefined || name === only);
  return await runChecks('stdio', checks, { hasModel, onCheck: () => undefined });
}
