import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { Observation } from './observation.ts';
import { Splitter } from './splitter.ts';

/** Takes the chunks of an answer on their way to the agent. */
export type Body = {
  /** Observes a chunk and gives what the agent gets of it. */
  push(chunk: Buffer): Buffer;
  /** Observes the end and gives what the agent gets before it. */
  end(): Buffer;
};

const NOTHING = Buffer.alloc(0);
const DONE = '[DONE]';

/** Keeps at most so much of an answer that is not streamed; a longer one is relayed, but cannot be read. */
const MAX_WHOLE_BYTES = 32 * 1024 * 1024;

/** An answer in one piece of JSON. */
export function wholeBody(observation: Observation): Body {
  const kept = keep(MAX_WHOLE_BYTES);
  return {
    push: kept.push,
    end() {
      observation.whole(kept.text());
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
  const splitter = new Splitter('lines');
  const observe = (line: Buffer, isRest = false): void => {
    const json = line.toString('utf8').trim();
    if (json !== '') observation.event(json, isRest);
  };
  return {
    push(chunk) {
      for (const line of splitter.push(chunk)) observe(line);
      return chunk;
    },
    end() {
      observe(splitter.end(), true);
      return NOTHING;
    },
  };
}

/** A stream of server-sent events. With `hidesUsage`, the agent does not get the chunk that holds usage only. */
export function eventsBody(observation: Observation, hidesUsage: boolean): Body {
  const splitter = new Splitter('events');
  const frame = frameObserver(observation);
  if (!hidesUsage) {
    return {
      push(chunk) {
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
    push: (chunk) => Buffer.concat(splitter.push(chunk).filter((bytes) => !frame(bytes))),
    end() {
      const rest = splitter.end();
      return frame(rest, true) ? NOTHING : rest;
    },
  };
}

/** Observes the events of a frame; true when it is one of usage only. What the stream's end left over lacks a blank line. */
function frameObserver(observation: Observation): (frame: Buffer, isRest?: boolean) => boolean {
  let usageOnly = false;
  let mayBeCut = false;
  const parser: EventSourceParser = createParser({
    onEvent({ data }) {
      if (data === DONE) observation.finished = true;
      else if (data !== '') usageOnly = observation.event(data, mayBeCut)?.usageOnly === true;
    },
  });
  return (frame, isRest = false) => {
    usageOnly = false;
    mayBeCut = isRest;
    parser.feed(isRest ? `${frame.toString('utf8')}\n\n` : frame.toString('utf8'));
    return usageOnly;
  };
}
