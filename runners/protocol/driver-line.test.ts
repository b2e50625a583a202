import { expect, test } from 'vitest';
import { readDriverLine } from './driver-line.ts';
import { PROTOCOL } from './limits.ts';
import { readAnswer } from './outcome.ts';

const read = (line: string | Buffer) => readDriverLine(Buffer.from(line), '1');
const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

test.each([
  ['a log', '{"id":"1","event":"log","message":"x","other":1}', { event: 'log', message: 'x' }],
  ['progress', '{"id":"1","event":"progress","message":"x"}', { event: 'progress', message: 'x' }],
  [
    'progress in percent',
    '{"id":"1","event":"progress","message":"x","percent":40}',
    { event: 'progress', message: 'x', percent: 40 },
  ],
  ['a tool', '{"id":"1","event":"tool","name":"ls"}', { event: 'tool', name: 'ls' }],
  [
    'a tool with all of it',
    '{"id":"1","event":"tool","name":"ls","arguments":{"a":[1]},"status":"error","milliseconds":1.5,"message":"m"}',
    { event: 'tool', name: 'ls', arguments: { a: [1] }, status: 'error', milliseconds: 1.5, message: 'm' },
  ],
  [
    'usage',
    '{"id":"1","event":"usage","input_tokens":1,"output_tokens":2}',
    { event: 'usage', input_tokens: 1, output_tokens: 2 },
  ],
  [
    'a field that is null like one that is not there',
    '{"id":"1","event":"tool","name":"ls","message":null}',
    { event: 'tool', name: 'ls' },
  ],
])('reads %s', (_, line, event) => {
  expect(read(line)).toEqual({ type: 'event', event });
});

test.each([
  ['a banner', 'Welcome to the agent'],
  ['an empty line', ''],
  ['indented JSON', ' {"id":"1"}'],
  ['what is not UTF-8', Buffer.from([0xff, 0xfe])],
  ['an event of a later version', '{"id":"1","event":"thought","message":5}'],
])('takes %s for text', (_, line) => {
  expect(read(line).type).toBe('text');
});

test.each([
  ['JSON that is cut', '{"id":"1","event"', 'is not JSON'],
  ['more than JSON', '{"id":"1"} x', 'is not JSON'],
  ['what is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'is not UTF-8'],
  ['no id', '{"event":"log","message":"x"}', '`id` is missing, not "1" as in the request'],
  ['another id', '{"id":"2","event":"log","message":"x"}', '`id` is "2", not "1"'],
  ['a number as id', '{"id":1,"event":"log","message":"x"}', '`id` is 1, not "1"'],
  ['neither event nor result', '{"id":"1"}', '`status` is missing, not "ok" or "error", and there is no `event`'],
  ['another status', '{"id":"1","status":"done"}', '`status` is "done"'],
  ['an event whose name is no string', '{"id":"1","event":5}', '`event` is 5, not a string'],
  ['a log without its message', '{"id":"1","event":"log"}', '`message` is missing, not a string'],
  [
    'too many percent',
    '{"id":"1","event":"progress","message":"","percent":101}',
    '`percent` is 101, not from 0 to 100',
  ],
  ['a tool that is "done"', '{"id":"1","event":"tool","name":"x","status":"done"}', '`status` is "done"'],
  ['arguments as text', '{"id":"1","event":"tool","name":"x","arguments":"{}"}', '`arguments` is "{}", not an object'],
  ['arguments nested too deeply', `{"id":"1","event":"tool","name":"x","arguments":${deep}}`, 'is nested too deeply'],
  ['a result that is text', '{"id":"1","status":"ok","result":"x"}', '`result` is "x", not an object'],
  ['an error without a kind', '{"id":"1","status":"error","error":{"message":"x"}}', '`kind` is missing'],
])('refuses %s', (_, line, message) => {
  expect(() => read(line)).toThrow(message);
});

test('cuts the text of an event, never within a character, and leaves long arguments out', () => {
  const max = PROTOCOL.maxEventTextBytes;
  const long = JSON.stringify({
    id: '1',
    event: 'tool',
    name: 'x',
    message: `a${'€'.repeat(max)}`,
    arguments: { x: 'y'.repeat(max) },
  });
  const message = `a${'€'.repeat((max - 2) / 3)}`;
  expect(read(long)).toEqual({ type: 'event', event: { event: 'tool', name: 'x', message } });
});

test('an error of an unknown kind is the agent’s; a driver cannot speak for agent-host', () => {
  for (const kind of ['other', 'out_of_memory', 'cancelled']) {
    const outcome = { status: 'error', error: { kind: 'agent', message: 'm' } };
    expect(read(`{"id":"1","status":"error","error":{"kind":"${kind}","message":"m"}}`)).toEqual({
      type: 'outcome',
      outcome,
    });
  }
});

test('reads an answer with the fields that it knows', () => {
  const answer = { answer: '', findings: [{ a: 1 }], usage: { input_tokens: 1, output_tokens: 2 }, agent_version: '1' };
  expect(readAnswer({ ...answer, other: 5 })).toEqual(answer);
});

test.each([
  ['no answer', {}, '`answer` is missing, not a string'],
  ['an answer that is an object', { answer: {} }, '`answer` is an object, not a string'],
  ['findings that are no list', { answer: '', findings: {} }, '`findings` is an object, not a list'],
  ['a finding that is text', { answer: '', findings: [{}, 'x'] }, '`findings[1]` is "x", not an object'],
  ['too many findings', { answer: '', findings: Array(1001).fill({}) }, 'has 1001 entries, more than 1000'],
  ['findings that are too long', { answer: '', findings: [{ a: 'x'.repeat(262_144) }] }, 'more than 262144'],
  ['usage as text', { answer: '', usage: { input_tokens: '1' } }, '`input_tokens` is "1", not a number'],
])('refuses %s', (_, result, message) => {
  expect(() => readAnswer(result)).toThrow(message);
});
