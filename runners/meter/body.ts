import { byteBound, MAX_STREAM_BYTES, MAX_WHOLE_BYTES } from './answer-bounds.ts';
import { DONE, eventDataReader, withoutByteOrderMark } from './event-data.ts';
import { type Expected, type Framing, framingOfBeginning, framingOfNothing } from './framing.ts';
import type { Observation } from './observation.ts';
import { Splitter } from './splitter.ts';

/** Takes the chunks of an answer on their way to the agent. Both throw an AnswerTooLongError for an answer without end. */
export type Body = {
  /** Observes a chunk and gives what the agent gets of it. */
  push(chunk: Buffer): Buffer;
  /** Observes the end and gives what the agent gets before it. */
  end(): Buffer;
};

const NOTHING = Buffer.alloc(0);

/** An answer framed in the given way. With `hidesUsage`, the agent does not get the event that holds usage only. */
export function bodyOf(framing: Framing, observation: Observation, hidesUsage: boolean): Body {
  if (framing === 'whole') return wholeBody(observation);
  return framing === 'lines' ? linesBody(observation) : eventsBody(observation, hidesUsage);
}

/** An answer whose first bytes tell its framing; `open` is called once, as soon as they do. */
export function undecidedBody(expected: Expected, open: (framing: Framing) => Body): Body {
  let beginning = NOTHING;
  let body: Body | undefined;
  return {
    push(chunk) {
      if (body !== undefined) return body.push(chunk);
      beginning = Buffer.concat([beginning, chunk]);
      const framing = framingOfBeginning(beginning, expected);
      if (framing === undefined) return NOTHING;
      body = open(framing);
      return body.push(beginning);
    },
    end() {
      if (body !== undefined) return body.end();
      body = open(framingOfNothing(expected));
      return Buffer.concat([body.push(beginning), body.end()]);
    },
  };
}

/** An answer in one piece of JSON. */
export function wholeBody(observation: Observation): Body {
  const count = byteBound(MAX_WHOLE_BYTES);
  const kept = keep(MAX_WHOLE_BYTES);
  return {
    push(chunk) {
      count(chunk.length);
      return kept.push(chunk);
    },
    end() {
      observation.whole(withoutByteOrderMark(kept.text()));
      return NOTHING;
    },
  };
}

/** The beginning of a body, for the message in it. */
export function keep(maxBytes: number): { push(chunk: Buffer): Buffer; text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      return chunk;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** A stream of JSON lines. */
export function linesBody(observation: Observation): Body {
  const count = byteBound(MAX_STREAM_BYTES);
  const splitter = new Splitter('lines');
  const observe = (line: Buffer, isRest = false): void => {
    const json = withoutByteOrderMark(line.toString('utf8')).trim();
    if (json !== '') observation.event(json, isRest);
  };
  return {
    push(chunk) {
      count(chunk.length);
      for (const line of splitter.push(chunk)) observe(line);
      return chunk;
    },
    end() {
      observe(splitter.end(), true);
      return NOTHING;
    },
  };
}

/** A stream of server-sent events. With `hidesUsage`, the agent does not get the event that holds usage only. */
export function eventsBody(observation: Observation, hidesUsage: boolean): Body {
  const count = byteBound(MAX_STREAM_BYTES);
  const splitter = new Splitter('events');
  const frame = frameObserver(observation);
  if (!hidesUsage) {
    return {
      push(chunk) {
        count(chunk.length);
        for (const bytes of splitter.push(chunk)) frame(bytes);
        return chunk;
      },
      end() {
        frame(splitter.end(), true);
        return NOTHING;
      },
    };
  }
  return {
    push(chunk) {
      count(chunk.length);
      return Buffer.concat(splitter.push(chunk).filter((bytes) => !frame(bytes)));
    },
    end() {
      const rest = splitter.end();
      return frame(rest, true) ? NOTHING : rest;
    },
  };
}

/** Observes the events of a frame; true when it is one of usage only. What the stream's end left over lacks a blank line. */
function frameObserver(observation: Observation): (frame: Buffer, isRest?: boolean) => boolean {
  const read = eventDataReader();
  return (frame, isRest = false) => {
    let usageOnly = false;
    for (const data of read(frame, isRest)) {
      if (data === DONE) observation.end();
      else usageOnly = observation.event(data, isRest)?.usageOnly === true;
    }
    return usageOnly;
  };
}
