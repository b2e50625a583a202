import { expect, test } from 'vitest';
import { readLines, searchLines } from './context-lines.ts';

const log = 'start\nERROR one\r\nok\nerror two\nend';

test('finds lines in any case, with their numbers', () => {
  expect(searchLines(log, 'error', 10)).toBe('2: ERROR one\n4: error two');
});

test('says how many more lines there are, and when there is none', () => {
  expect(searchLines(log, 'error', 1)).toBe('2: ERROR one\n(1 more lines hold it)');
  expect(searchLines(log, 'E.*R', 1)).toBe('No line holds "E.*R".');
});

test('reads lines by their numbers', () => {
  expect(readLines(log, 2, 2)).toBe('2: ERROR one\n3: ok\n(of 5 lines)');
  expect(readLines(log, 6, 1)).toBe('There is no line 6: the context has 5.');
});

test('a long line is cut', () => {
  expect(readLines('y'.repeat(600), 1, 1)).toBe(`1: ${'y'.repeat(500)}...\n(of 1 lines)`);
});
