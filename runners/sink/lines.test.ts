import { describe, expect, it } from 'vitest';
import { lineSink } from './lines.ts';

class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** A pipe that takes as many bytes as there is room for, and gains some whenever the writer waits. */
function pipe(room: number, roomPerPause = 0, refusal = 'EAGAIN') {
  const seen = { text: '', waited: 0, written: [] as string[] };
  let free = room;
  const sink = lineSink(
    1,
    (_, bytes) => {
      if (free === 0) throw new Refusal(refusal);
      const taken = bytes.subarray(0, free);
      free -= taken.length;
      seen.text += Buffer.from(taken).toString();
      return taken.length;
    },
    (milliseconds) => {
      seen.waited += milliseconds;
      free += roomPerPause;
    },
  );
  const write = (line: string) => sink.write(line, () => seen.written.push(line));
  return { seen, sink, write };
}

describe('lineSink', () => {
  it('writes at once what the reader takes, without waiting', () => {
    const { seen, write } = pipe(7);
    write('one\n');
    write('two\n');
    write('six\n');
    expect(seen).toEqual({ text: 'one\ntwo', waited: 0, written: ['one\n'] });
  });

  it('drains what a slow reader left, in order', () => {
    const { seen, sink, write } = pipe(2, 1);
    for (const line of ['one\n', 'two\n', 'six\n']) write(line);
    sink.drain();
    expect(seen).toEqual({ text: 'one\ntwo\nsix\n', waited: 50, written: ['one\n', 'two\n', 'six\n'] });
  });

  it('gives up on a reader that has stopped, and writes nothing afterwards', () => {
    const { seen, sink, write } = pipe(6);
    write('one\n');
    write('two\n');
    sink.drain();
    write('six\n');
    sink.drain();
    expect(seen).toEqual({ text: 'one\ntw', waited: 3_000, written: ['one\n'] });
  });

  it('waits for no reader that is gone', () => {
    const { seen, sink, write } = pipe(4, 100, 'EPIPE');
    for (const line of ['one\n', 'two\n', 'six\n']) write(line);
    sink.drain();
    expect(seen).toEqual({ text: 'one\n', waited: 0, written: ['one\n'] });
  });
});
