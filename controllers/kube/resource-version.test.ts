import { expect, it } from 'vitest';
import { isOlder } from './resource-version.ts';

it.each([
  ['9', '10', true],
  ['10', '9', false],
  ['10', '10', false],
  ['18446744073709551614', '18446744073709551615', true],
  [undefined, '10', false],
  ['10', undefined, false],
  ['abc', '10', false],
  ['10', '', false],
])('%s is older than %s: %s', (a, b, expected) => {
  expect(isOlder(a, b)).toBe(expected);
});
