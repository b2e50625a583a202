import { expect, test } from 'vitest';
import { StderrTail } from './stderr-tail.ts';

function tail(...chunks: string[]): string {
  const stderr = new StderrTail();
  for (const chunk of chunks) stderr.push(Buffer.from(chunk));
  return stderr.text();
}

test.each([
  [[], ''],
  [['a\n', 'b\n'], 'a\nb'],
  [['\u001b[31mred\u001b[0m\r\nbell\u0007'], 'red\nbell\ufffd'],
  [['x'.repeat(100_000), '\nlast'], 'last'],
  [['x'.repeat(100_000)], 'x'.repeat(1024)],
  [[`${'line\n'.repeat(10_000)}`], Array(204).fill('line').join('\n')],
])('%#', (chunks, text) => {
  expect(tail(...chunks)).toBe(text);
});
