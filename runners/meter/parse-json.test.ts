import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerTooLongError } from './answer-bounds.ts';
import { parseJSON } from './parse-json.ts';

const LONG = 1024 * 1024;

describe('parseJSON', () => {
  it('reads long texts, whatever is in their strings', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: fc.constantFrom('\\', '"', '{', '[', ',', 'x') }),
        (value, text) => {
          const json = JSON.stringify({ filler: ',{["\\'.repeat(LONG / 5), text, value });
          expect(parseJSON(json)).toEqual(JSON.parse(json));
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each(['[]', '{}', '1'])('refuses more of %s than memory should be given to', (value) => {
    expect(() => parseJSON(`[${Array(LONG / 2).fill(value)}]`)).toThrow(AnswerTooLongError);
    expect(() => parseJSON('['.repeat(LONG))).toThrow(AnswerTooLongError);
  });

  it.each(['{', `"${'x'.repeat(LONG)}`])('tells what is no JSON', (json) => {
    expect(() => parseJSON(json)).toThrow(SyntaxError);
  });
});
