import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerTooLongError } from './answer-bounds.ts';
import { type Body, eventsBody, linesBody, wholeBody } from './body.ts';
import { Observation } from './observation.ts';
import { readOllama } from './read-ollama.ts';
import { readOpenAIChat } from './read-openai-chat.ts';

const chunk = (text: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}`;
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}';
const EVENTS = [': hello', chunk('Pâ'), 'event: x\ndata: ', chunk('ris 😀'), FINISH, USAGE, 'data: [DONE]'];

/** The bytes in pieces, cut at the given places. */
function pieces(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

function relay(body: Body, chunks: Buffer[]): string {
  return Buffer.concat([...chunks.map((bytes) => body.push(bytes)), body.end()]).toString();
}

const cuts = fc.array(fc.nat(2000), { maxLength: 30 });

describe('eventsBody', () => {
  it.each(['\n', '\r\n'])('counts, and hides usage, wherever the stream is cut (line ends %j)', (eol) => {
    const stream = (events: string[]) => events.map((event) => `${event.replaceAll('\n', eol)}${eol}${eol}`).join('');
    fc.assert(
      fc.property(cuts, fc.boolean(), (places, hidesUsage) => {
        const observation = new Observation(readOpenAIChat);
        const seen = relay(eventsBody(observation, hidesUsage), pieces(Buffer.from(stream(EVENTS)), places));
        expect(seen).toBe(stream(hidesUsage ? EVENTS.filter((event) => event !== USAGE) : EVENTS));
        expect(observation).toMatchObject({ finished: true, failure: undefined });
        expect(observation.tokens(0)).toMatchObject({ tokens: { inputTokens: 7, outputTokens: 3 }, estimated: false });
      }),
    );
  });

  it.each(['', '\n'])('reads a last event that ends with %j only', (end) => {
    const observation = new Observation(readOpenAIChat);
    relay(eventsBody(observation, true), [Buffer.from(`${chunk('a')}\n\ndata: [DONE]${end}`)]);
    expect(observation.finished).toBe(true);
  });

  it('is not finished, but no failure either, when cut amid an event', () => {
    const observation = new Observation(readOpenAIChat);
    relay(eventsBody(observation, false), [Buffer.from(`${chunk('a')}\n\ndata: {"choices":[{"del`)]);
    expect(observation).toMatchObject({ finished: false, failure: undefined, hasOutput: true });
  });

  it.each<[string, object]>([
    ['data: {"choices":[\n\n', { kind: 'badResponse' }],
    ['data: {"error":{"message":"oops"}}\n\n', { kind: 'serverError', detail: 'oops' }],
  ])('notices %j', (event, failure) => {
    const observation = new Observation(readOpenAIChat);
    relay(eventsBody(observation, false), [Buffer.from(`${event}${chunk('a')}\n\ndata: [DONE]\n\n`)]);
    expect(observation.failure).toMatchObject(failure);
  });

  it('refuses an event that never ends', () => {
    const body = eventsBody(new Observation(readOpenAIChat), false);
    const piece = Buffer.alloc(5 * 1024 * 1024, 'a');
    body.push(piece);
    expect(() => body.push(piece)).toThrow(AnswerTooLongError);
  });
});

describe('linesBody', () => {
  it('counts wherever the stream is cut', () => {
    const lines = [
      { model: 'm', message: { content: 'Pâ' }, done: false },
      { model: 'm', message: { content: 'ris' }, done: false },
      { model: 'm', message: { content: '' }, done: true, prompt_eval_count: 7, eval_count: 3 },
    ];
    const stream = lines.map((line) => JSON.stringify(line)).join('\n');
    fc.assert(
      fc.property(cuts, (places) => {
        const observation = new Observation(readOllama);
        expect(relay(linesBody(observation), pieces(Buffer.from(stream), places))).toBe(stream);
        expect(observation).toMatchObject({ finished: true, failure: undefined, servedModel: 'm' });
        expect(observation.tokens(0)).toMatchObject({ tokens: { inputTokens: 7, outputTokens: 3 }, estimated: false });
      }),
    );
  });
});

describe('wholeBody', () => {
  it.each<[string, object | undefined]>([
    ['{"choices":[{"message":{"content":"Paris"}}]}', undefined],
    ['{"choices":[{"message":', { kind: 'badResponse', detail: 'its answer is not JSON' }],
    ['<html></html>', { kind: 'badResponse', detail: 'its answer is HTML or XML' }],
    ['{"hello":1}', { kind: 'badResponse', detail: 'its answer lacks the fields of one' }],
    ['null', { kind: 'badResponse' }],
    ['{"error":{"message":"oops"}}', { kind: 'serverError', detail: 'oops' }],
  ])('judges %s', (json, failure) => {
    const observation = new Observation(readOpenAIChat);
    relay(wholeBody(observation), [Buffer.from(json)]);
    if (failure === undefined) expect(observation.failure).toBeUndefined();
    else expect(observation.failure).toMatchObject(failure);
  });

  it('estimates what is not reported', () => {
    const observation = new Observation(readOpenAIChat);
    relay(wholeBody(observation), [Buffer.from('{"choices":[{"message":{"content":"12345"}}]}')]);
    expect(observation.tokens(9)).toMatchObject({ tokens: { inputTokens: 3, outputTokens: 2 }, estimated: true });
  });
});
