import { expect, test } from 'vitest';
import type { Outcome } from '../protocol/outcome.ts';
import { type Ending, verdict } from './verdict.ts';

const answer: Outcome = { status: 'ok', result: { answer: 'x' } };
const refusal: Outcome = { status: 'error', error: { kind: 'model', message: 'the model refused: 401' } };
const fault = { kind: 'protocol', message: 'line 1 is wrong' } as const;
const killed = { code: null, signal: 'SIGKILL' } as const;
const quiet: Ending = {
  said: undefined,
  fault: undefined,
  ended: undefined,
  code: 0,
  signal: null,
  stderr: '',
  outOfMemory: undefined,
};

test.each<[string, Partial<Ending>, string]>([
  ['an answer and exit 0', { said: answer }, 'ok'],
  ['an error and exit 0', { said: refusal }, 'model: the model refused: 401'],
  ['an error is told, whatever the exit code', { said: refusal, code: 1 }, 'model: the model refused: 401'],
  [
    'an answer of a program that failed is none',
    { said: answer, code: 1 },
    'exit: the driver exited with 1, after its result',
  ],
  [
    'nor that of one that crashed',
    { said: answer, code: null, signal: 'SIGSEGV' },
    'signal: the driver was ended by SIGSEGV, after its result',
  ],
  ['one that does not exit has answered', { said: answer, ended: 'exit', ...killed }, 'ok'],
  ['nothing', {}, 'no_result: the driver exited with 0 without a result'],
  [
    'output closed, and nothing',
    { ended: 'exit', ...killed },
    'no_result: the driver closed its standard output without a result',
  ],
  ['exit code', { code: 3, stderr: 'boom' }, 'exit: the driver exited with 3; its standard error ends: boom'],
  ['signal', { code: null, signal: 'SIGSEGV' }, 'signal: the driver was ended by SIGSEGV'],
  ['a fault is told, not how it was ended for it', { fault, ...killed }, 'protocol: line 1 is wrong'],
  ['cancelled, even with an answer', { said: answer, ended: 'cancelled', ...killed }, 'cancelled: it was cancelled'],
  ['deadline', { ended: 'timeout', ...killed }, 'timeout: the driver did not answer before its deadline'],
  ['deadline, with a last word', { said: refusal, ended: 'timeout' }, 'model: the model refused: 401'],
  ['killed for memory', { outOfMemory: 'memory', ...killed }, 'out_of_memory: memory'],
  ['a child of it killed for memory', { said: refusal, outOfMemory: 'memory' }, 'out_of_memory: memory'],
  ['a tool killed for memory, and answered all the same', { said: answer, outOfMemory: 'memory' }, 'ok'],
])('%s', (_, ending, expected) => {
  const outcome = verdict({ ...quiet, ...ending });
  expect(outcome.status === 'ok' ? 'ok' : `${outcome.error.kind}: ${outcome.error.message}`).toBe(expected);
});
