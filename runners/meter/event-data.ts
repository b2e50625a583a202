import { createParser } from 'eventsource-parser';

/** What OpenAI's format puts at the end of a stream in place of JSON. */
export const DONE = '[DONE]';

/** Gives the data of the events in each frame of a stream, in order. `isRest` completes what the stream's end left without a blank line. */
export function eventDataReader(): (frame: Buffer, isRest?: boolean) => string[] {
  let found: string[] = [];
  let isFirst = true;
  const parser = createParser({
    onEvent({ data }) {
      if (data !== '') found.push(data);
    },
  });
  return (frame, isRest = false) => {
    const text = frame.toString('utf8');
    found = [];
    parser.feed(isFirst ? withoutByteOrderMark(text) : text);
    if (isRest) parser.feed('\n\n');
    isFirst = false;
    return found;
  };
}

/** RFC 8259, section 8.1, and the standard of server-sent events both let a reader ignore the mark. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
