import { expect, it } from 'vitest';
import { LiveLines } from './live-lines.ts';

/** A terminal that keeps what it was sent, with its commands written as ␛ and times as 0.0 s. */
function terminal(columns: number | undefined): { output: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string) => written.push(text.replaceAll('\x1b[', '␛').replaceAll(/\d+\.\d s/g, '0.0 s')) > 0;
  return { output: { isTTY: columns !== undefined, columns, write } as unknown as NodeJS.WriteStream, written };
}

it('goes up by as many lines as it drew', () => {
  const { output, written } = terminal(40);
  const lines = new LiveLines(output);
  lines.show(['one', 'two']);
  lines.show(['three']);
  lines.note('news');
  expect(written).toEqual([
    '␛2K  one\n␛2K  two\n␛2K  0.0 s\n',
    '␛3A␛2K  three\n␛2K  0.0 s\n',
    '␛2A␛2Knews\n␛2K  three\n␛2K  0.0 s\n',
  ]);
});

it('cuts lines that would break, but for their colours', () => {
  const { output, written } = terminal(8);
  new LiveLines(output).show(['\x1b[32mabc\x1b[39mdefgh']);
  expect(written[0]?.split('\n')[0]).toBe('␛2K  ␛32mabc␛39mde');
});

it('writes one line below the other where there is no terminal', () => {
  const { output, written } = terminal(undefined);
  const lines = new LiveLines(output);
  expect(lines.isLive).toBe(false);
  lines.append('one');
  lines.note('news');
  expect(written).toEqual(['    0.0 s  one\n', 'news\n']);
});
