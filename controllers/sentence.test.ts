import { expect, test } from 'vitest';
import { sentence, shorten } from './sentence.ts';

test.each([
  ['It failed', '', 'It failed.'],
  ['It failed', 'no  route\n to host', 'It failed: no route to host.'],
  ['It failed', 'no route. ', 'It failed: no route.'],
  ['It failed', 'why...', 'It failed: why.'],
  ['It failed', '\u001b[2Jno \u0007route\u0000', 'It failed: [2Jno route.'],
])('%s, %j', (what, detail, expected) => {
  expect(sentence(what, detail)).toBe(expected);
});

test('a sentence has an end', () => {
  expect(sentence('It failed', 'x'.repeat(900))).toMatch(/^It failed: x{488}…$/);
});

test('a text is cut between characters', () => {
  expect(shorten('😀😀😀', 3)).toBe('😀😀😀');
  expect(shorten('😀😀😀', 2)).toBe('😀…');
  expect(shorten('abc', 3)).toBe('abc');
});
