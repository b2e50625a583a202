import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../agent-host/config.ts';
import type { JSONObject } from '../protocol/json.ts';
import { PROTOCOL } from '../protocol/limits.ts';
import { readAnswer, readInfo } from '../protocol/outcome.ts';
import { type Check, ensure, Finding } from './check.ts';
import { ensureAsked, expectError, failedModels, MODEL_TEXT, ODD_TEXT, UNKNOWN_OPTION } from './expectations.ts';
import type { TestModel } from './model.ts';
import { type Run, runCommand } from './run-command.ts';
import { askParams, type Subject } from './subject.ts';
import { readTranscript, type Transcript } from './transcript.ts';

/** The rules of the stdio form, tried on a driver without agent-host. */
export function stdioChecks(command: Command, subject: Subject, model: TestModel): Check[] {
  const milliseconds = subject.timeoutSeconds * 1000;
  const { environment } = subject;

  async function say(input: string, stop?: AbortSignal, limit = milliseconds): Promise<Run> {
    return await runCommand(command, { input, environment, milliseconds: limit, ...(stop && { stop }) });
  }

  /** What a driver says to a request, when it also ends as it must. */
  async function answerTo(action: string, params: JSONObject, limit = milliseconds): Promise<Transcript> {
    const run = await say(requestLine(action, params), undefined, limit);
    const transcript = readTranscript(run.output, ID);
    ensureEnd(run, transcript, limit);
    return transcript;
  }

  async function ask(more: JSONObject = {}): Promise<Transcript> {
    const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
    mkdirSync(join(artifacts, '1'));
    try {
      return await answerTo('ask', askParams(subject, model, join(artifacts, '1'), more));
    } finally {
      await rm(artifacts, { recursive: true, force: true });
    }
  }

  function answerOf({ outcome }: Transcript): string {
    if (outcome?.status === 'error')
      throw new Finding(`it told the error ${outcome.error.kind}: ${outcome.error.message}`);
    ensure(outcome !== undefined, 'there is no result');
    const { answer } = readAnswer(outcome.result);
    ensure(answer !== '', '`answer` is empty, which counts as AgentError');
    return answer;
  }

  return [
    {
      name: 'info is answered, without a call to a model',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        const { outcome } = await answerTo('info', {}, PROTOCOL.infoSeconds * 1000);
        ensure(outcome?.status === 'ok', `it told the error ${JSON.stringify(outcome)}`);
        readInfo(outcome.result);
        ensure(model.calls.length === 0, 'it called the model');
      },
    },
    {
      name: 'a question is answered',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        answerOf(await ask());
      },
    },
    {
      name: 'the answer is what the named model said to the question and its context',
      needsModel: true,
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        const answer = answerOf(await ask({ context: CONTEXT }));
        ensureAsked(model, subject.question);
        ensureAsked(model, CONTEXT);
        ensure(
          answer.includes(MODEL_TEXT),
          `the model said ${JSON.stringify(MODEL_TEXT)}, the answer is ${JSON.stringify(answer.slice(0, 200))}`,
        );
      },
    },
    {
      name: 'unknown fields are ignored',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        answerOf(await ask({ 'rune-unknown': { nested: [1, null] } }));
      },
    },
    {
      name: 'any character can stand in a question and in an answer',
      needsModel: true,
      async run() {
        model.behave({ type: 'answer', text: ODD_TEXT });
        const answer = answerOf(await ask({ question: ODD_TEXT }));
        ensureAsked(model, ODD_TEXT);
        ensure(
          answer.includes(ODD_TEXT.trim()),
          `the model said ${JSON.stringify(ODD_TEXT)}, the answer is ${JSON.stringify(answer.slice(0, 200))}`,
        );
      },
    },
    {
      name: 'a question of 16 KiB, and an answer of 200 KiB',
      async run() {
        const question = longText(subject.question, PROTOCOL.maxQuestionBytes);
        const text = longText(MODEL_TEXT, 200 * 1024);
        model.behave({ type: 'answer', text });
        const answer = answerOf(await ask({ question }));
        if (!subject.hasModel) return;
        ensureAsked(model, question);
        ensure(answer.includes(text), `the model said ${text.length} characters, the answer has ${answer.length}`);
      },
    },
    {
      name: 'an unknown option is the error bad_option',
      async run() {
        model.behave({ type: 'answer', text: MODEL_TEXT });
        const { outcome } = await ask({ options: { ...subject.options, [UNKNOWN_OPTION]: true } });
        expectError(outcome, ['bad_option']);
        ensure(model.calls.length === 0, 'it called the model before it looked at its options');
      },
    },
    {
      name: 'an unknown action is the error unknown_action',
      async run() {
        const { outcome } = await answerTo('rune-unknown', {});
        expectError(outcome, ['unknown_action']);
      },
    },
    {
      name: 'a line that is no request gets no result',
      async run() {
        const run = await say('this is {not a request\n');
        ensure(run.ended === undefined, `it did not end within ${subject.timeoutSeconds} s`);
        ensure(!/"status"\s*:\s*"ok"/.test(run.output.toString('latin1')), 'it told a result');
      },
    },
    ...failedModels.map(({ name, behaviour, kinds }) => ({
      name,
      needsModel: true,
      async run() {
        model.behave(behaviour);
        const { outcome } = await ask();
        ensure(model.calls.length > 0, 'it did not call the model');
        expectError(outcome, kinds);
      },
    })),
    {
      name: 'when the model hangs, SIGTERM ends it with its children, and there is no answer',
      needsModel: true,
      async run() {
        model.behave({ type: 'hang' });
        const stop = new AbortController();
        const artifacts = mkdtempSync(join(tmpdir(), 'rune-artifacts-'));
        void model.called.then(() => stop.abort());
        const run = await say(requestLine('ask', askParams(subject, model, artifacts)), stop.signal);
        await rm(artifacts, { recursive: true, force: true });
        ensure(model.calls.length > 0, 'it did not call the model');
        ensure(!run.isKilled, 'it did not end within 2 s after SIGTERM, and had to be killed');
        ensure(readTranscript(run.output, ID).outcome?.status !== 'ok', 'it told a result that no model gave');
        ensureNoneLeft(run);
      },
    },
  ];
}

const ID = 'driver-test-1';
const CONTEXT = 'The context of the question: build 4711 broke.';

function requestLine(action: string, params: JSONObject): string {
  return `${JSON.stringify({ id: ID, action, params, 'rune-unknown': true })}\n`;
}

function ensureEnd(run: Run, { outcome, strayLines }: Transcript, milliseconds: number): void {
  const says = run.stderr === '' ? '' : `\nits standard error ends: ${run.stderr}`;
  ensure(!run.isTooLarge, `it wrote more than ${PROTOCOL.maxOutputBytes} bytes to standard output`);
  const late = outcome ? 'it told its result, but did not exit' : 'it told no result';
  ensure(run.ended === undefined, `${late} within ${milliseconds / 1000} s${says}`);
  ensure(run.signal === null, `it was ended by ${run.signal}${says}`);
  ensure(run.code === 0, `it exited with ${run.code}, not with 0${says}`);
  const stray = strayLines > 0 ? ` in ${strayLines} lines that do not begin with {` : '';
  ensure(outcome !== undefined, `it exited without a result or an error${stray}${says}`);
  ensureNoneLeft(run);
}

function ensureNoneLeft({ left }: Run): void {
  ensure(left.length === 0, `it left ${left.length} processes, which would be killed: ${left.slice(0, 3).join('; ')}`);
}

function longText(start: string, bytes: number): string {
  return `${start} ${'Reply with the word of the day. '.repeat(bytes / 32)}`.slice(0, bytes - 4).trimEnd();
}
