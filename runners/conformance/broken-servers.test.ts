import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CheckResult, runChecks } from './check.ts';
import { httpChecks } from './http-checks.ts';
import { TestModel } from './model.ts';
import { type StartedServer, startHost } from './start-host.ts';

// Each test starts processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const DRIVER = fileURLToPath(new URL('../templates/driver.ts', import.meta.url));

type Answer = { status: number; body: string };
/** Makes a good answer a bad one. */
type Fault = (answer: Answer, request: { method: string; path: string }) => Answer;

const replaced =
  (from: string | RegExp, to: string): Fault =>
  ({ status, body }) => ({ status, body: body.replace(from, to) });
const status =
  (method: string, from: number, to: number): Fault =>
  (answer, request) =>
    request.method === method && answer.status === from ? { ...answer, status: to } : answer;

const CHECK = {
  info: 'GET /v1/info tells protocol and bootId',
  question: 'a question is answered, and can be asked for again until the next one',
  resume: 'events can be resumed after each number',
  missing: 'what is not there is 404',
  body: 'a body that is no object is 400, one above 1 MiB is 413',
  cancel: 'a question that is cancelled is done soon, with its processes, and others wait for it',
} as const;

const FAULTS: [string, Fault, keyof typeof CHECK, string][] = [
  ['no bootId', replaced('bootId', 'boot'), 'info', '`bootId` is undefined, not a text'],
  [
    'a bootId that changes',
    ({ status, body }) => ({ status, body: body.replace(/"bootId":"/, `$&${Math.random()}`) }),
    'info',
    '`bootId` changes',
  ],
  ['another protocol', replaced('"protocol":1', '"protocol":2'), 'info', '`protocol` is 2, not 1'],
  [
    'an answer that is not JSON',
    () => ({ status: 200, body: '<html>' }),
    'info',
    'GET /v1/info: the answer 200 is not JSON: "<html>"',
  ],
  ['no job_id', replaced('job_id', 'id'), 'question', 'there is no `job_id` in the answer 202'],
  ['no end of events', replaced(/.*"end".*\n/, ''), 'question', 'the last line is not the event "end"'],
  ['numbers from 0', replaced('"seq":1', '"seq":0'), 'question', 'line 1 of the events after 0: `seq` is 0, not 1'],
  [
    'an event that is wrong',
    replaced('"message":"asking the model"', '"message":5'),
    'question',
    '`message` is 5, not a string',
  ],
  ['a job that is done too late', replaced('"done"', '"running"'), 'question', '`state` is "running", not "done"'],
  [
    'events from the start each time',
    (answer, { path }) => (path.endsWith('after=1') ? { status: 200, body: all } : answer),
    'resume',
    'line 1 of the events after 1: `seq` is 1, not 2',
  ],
  ['200 for what is not there', status('GET', 404, 200), 'missing', 'the status is 200, not 404'],
  ['an error without a kind', replaced('"kind"', '"type"'), 'missing', 'is not {"error":{"kind","message"}}'],
  ['500 for a bad body', status('POST', 400, 500), 'body', 'the status is 500, not 400'],
  ['an error of another kind', replaced('"cancelled"', '"agent"'), 'cancel', 'it told the error agent, not cancelled'],
  ['200 at once', status('DELETE', 202, 200), 'cancel', 'the status is 200, not 202'],
];

let model: TestModel;
let host: StartedServer;
let proxy: Server;
let fault: Fault;
let all: string;
beforeEach(async () => {
  model = await TestModel.start();
  host = await startHost([process.execPath, DRIVER], process.env);
  proxy = createServer(async (request, response) => {
    const method = request.method ?? '';
    const path = request.url ?? '';
    const sent = method === 'POST' ? { body: await text(request) } : {};
    const good = await fetch(host.url + path, { method, ...sent });
    const body = await good.text();
    if (path.endsWith('after=0')) all = body;
    const bad = fault({ status: good.status, body }, { method, path });
    response.writeHead(bad.status).end(bad.body);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
});
afterEach(async () => {
  await host.stop();
  proxy.close();
  model.close();
});

test('a good server passes', async () => {
  const results = await check((answer) => answer);
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
});

test.each(FAULTS)('%s', async (_, bad, name, message) => {
  const [result] = await check(bad, CHECK[name]);
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining(message) });
});

async function check(bad: Fault, only?: string): Promise<CheckResult[]> {
  fault = bad;
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const subject = {
    question: 'What is the word of the day?',
    options: {},
    hasModel: true,
    timeoutSeconds: 30,
    environment: process.env,
  };
  const checks = httpChecks({ ...host, url }, subject, model).filter(({ name }) => only === undefined || name === only);
  return await runChecks('http', checks, { hasModel: true, onCheck: () => undefined });
}
