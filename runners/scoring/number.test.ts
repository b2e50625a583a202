import { describe, expect, it } from 'vitest';
import { lastNumber } from './last-number.ts';
import { number } from './number.ts';

describe('number', () => {
  it.each<[string, string, string | undefined, boolean]>([
    ['42', '42', undefined, true],
    ['42.0', '42', undefined, true],
    ['It is 41', '42', undefined, false],
    ['0.3', '0.1', '0.2', true],
    ['0.30000000000000000001', '0.1', '0.2', false],
    ['0.1', '0.3', '0.2', true],
    ['9007199254740993', '9007199254740992', undefined, false],
    ['1e3', '1000', undefined, true],
    ['1.5e-3', '0.0015', undefined, true],
    ['1e999999999', '1', undefined, false],
    ['1e401', '1', undefined, false],
    [`0.${'3'.repeat(5000)}`, '0.3333', '0.0001', true],
    ['1'.repeat(5000), '1', undefined, false],
    ['-5', '5', undefined, false],
    ['$1,200', '1200', '0.5', true],
    ['none', '0', undefined, false],
    ['42, or 3,14', '42', undefined, false],
    ['42, or 3,14', '14', undefined, false],
    ['1 000 000', '1000000', undefined, true],
  ])('%j against %s ± %s: %s', (answer, value, tolerance, expected) => {
    expect(number(lastNumber(answer), { value, tolerance: tolerance ?? '0' })).toBe(expected);
  });

  it('refuses an expectation that is no decimal', () => {
    expect(() => number('1', { value: 'one', tolerance: '0' })).toThrow('number.value must be a decimal number');
  });
});
