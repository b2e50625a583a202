import type { IncomingMessage } from 'node:http';
import { AnswerTooLongError, byteBound, MAX_WHOLE_BYTES } from '../meter/answer-bounds.ts';
import { DONE, eventDataReader, withoutByteOrderMark } from '../meter/event-data.ts';
import { framingOfType } from '../meter/framing.ts';
import { parseJSON } from '../meter/parse-json.ts';
import { Splitter } from '../meter/splitter.ts';

/** The model's answer is not what its wire format promises. The message speaks of the answer, as in "its answer is not JSON". */
export class UnreadableAnswerError extends Error {
  override name = 'UnreadableAnswerError';
}

/**
 * The JSON of an answer, event by event, or in one piece. Ends with `[DONE]`, whether or not the server closes the
 * connection. Throws an UnreadableAnswerError for what is no JSON, or too much of it.
 */
export async function* answerJSON(answer: IncomingMessage): AsyncGenerator<unknown> {
  const framing = framingOfType(answer.headers['content-type']) ?? 'whole';
  try {
    if (framing === 'whole') yield parse(await read(answer));
    else yield* streamedJSON(answer, framing);
  } catch (error) {
    throw error instanceof AnswerTooLongError ? new UnreadableAnswerError(error.message) : error;
  }
}

async function* streamedJSON(answer: IncomingMessage, framing: 'events' | 'lines'): AsyncGenerator<unknown> {
  const splitter = new Splitter(framing);
  const texts = framing === 'events' ? eventDataReader() : lineText;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    for (const text of splitter.push(chunk).flatMap((frame) => texts(frame))) {
      if (text === DONE) return;
      yield parse(text);
    }
  }
  // What is left may have been cut short after the model was done.
  for (const text of texts(splitter.end(), true)) if (text !== DONE && isJSON(text)) yield parse(text);
}

function lineText(line: Buffer): string[] {
  const text = withoutByteOrderMark(line.toString('utf8')).trim();
  return text === '' ? [] : [text];
}

async function read(answer: IncomingMessage): Promise<string> {
  const count = byteBound(MAX_WHOLE_BYTES);
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    count(chunk.length);
    chunks.push(chunk);
  }
  return withoutByteOrderMark(Buffer.concat(chunks).toString('utf8'));
}

function parse(json: string): unknown {
  try {
    return parseJSON(json);
  } catch (error) {
    if (error instanceof AnswerTooLongError) throw error;
    throw new UnreadableAnswerError('its answer is not JSON');
  }
}

function isJSON(text: string): boolean {
  try {
    parseJSON(text);
    return true;
  } catch {
    return false;
  }
}
