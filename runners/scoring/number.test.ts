import { describe, expect, it } from 'vitest';
import { lastNumber, number } from './number.ts';

describe('lastNumber', () => {
  it.each<[string, string | undefined]>([
    ['The answer is 42.', '42'],
    ['First 1, then 2, at last 3!', '3'],
    ['no number at all', undefined],
    ['', undefined],
    ['-7', '-7'],
    ['x = -7', '-7'],
    ['+7', '7'],
    ['\u22127 degrees', '-7'],
    ['10-20', '20'],
    ['10 - 20', '20'],
    ['between 10 and -20', '-20'],
    ['(5)-3', '3'],
    ['1,234,567.89', '1234567.89'],
    ['1\u202f234', '1234'],
    ["1'234", '1234'],
    ['1_000_000', '1000000'],
    ['1{,}234', '1234'],
    ['1\\,234', '1234'],
    ['1,23', '23'],
    ['12,345,6', '6'],
    ['one, 2, 3', '3'],
    ['$1,234.50', '1234.50'],
    ['-$5', '-5'],
    ['$-5', '-5'],
    ['€ 7', '7'],
    ['\\$12', '12'],
    ['50%', '50'],
    ['50 \\%', '50'],
    ['.5', '.5'],
    ['-.5', '-.5'],
    ['3.', '3'],
    ['1.5e3', '1.5e3'],
    ['1.5E-7', '1.5e-7'],
    ['1e+3', '1e3'],
    ['6.02 × 10^23', '6.02e23'],
    ['6.02 \\times 10^{23}', '6.02e23'],
    ['1.6×10⁻¹⁹', '1.6e-19'],
    ['2 x 10', '10'],
    ['**42**', '42'],
    ['\\boxed{42}', '42'],
    ['42km', '42'],
    ['42 kg of CO2', '42'],
    ['3 out of GPT-4', '3'],
    ['version 1.2.3', '1.2'],
    ['$$x = 4$$', '4'],
  ])('reads %j as %j', (text, expected) => {
    expect(lastNumber(text)).toBe(expected);
  });

  it('takes time linear in the length of the answer', () => {
    for (const text of ['1'.repeat(200_000), '1,'.repeat(100_000), '1 x '.repeat(50_000), `1${' '.repeat(200_000)}`]) {
      expect(lastNumber(text)).toBeDefined();
    }
  });
});

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
  ])('%j against %s ± %s: %s', (answer, value, tolerance, expected) => {
    expect(number(answer, { value, tolerance: tolerance ?? '0' })).toBe(expected);
  });

  it('refuses an expectation that is no decimal', () => {
    expect(() => number('1', { value: 'one', tolerance: '0' })).toThrow('number.value must be a decimal number');
  });
});
