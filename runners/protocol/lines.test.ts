import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, LineTooLongError } from './lines.ts';

function split(chunks: Iterable<Buffer>, maxBytes = 100): string[] {
  const splitter = new LineSplitter(maxBytes);
  const lines = [...chunks].flatMap((chunk) => [...splitter.push(chunk)]);
  const rest = splitter.end();
  return (rest ? [...lines, rest] : lines).map(String);
}

test.each([
  ['', []],
  ['a', ['a']],
  ['a\nb\n', ['a', 'b']],
  ['a\r\nb\r', ['a', 'b']],
  ['\n\r\n', ['', '']],
])('%j', (text, lines) => {
  expect(split([Buffer.from(text)])).toEqual(lines);
});

test('lines are the same however the bytes come', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z€]{0,9}$/)), fc.integer({ min: 1, max: 5 }), (lines, size) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(split(chunks)).toEqual(lines);
    }),
  );
});

test('a line that is too long is refused before it ends', () => {
  expect(split([Buffer.from('x'.repeat(100)), Buffer.from('\ny')])).toHaveLength(2);
  expect(() => split([Buffer.from('x'.repeat(60)), Buffer.from('x'.repeat(41))])).toThrow(LineTooLongError);
});
