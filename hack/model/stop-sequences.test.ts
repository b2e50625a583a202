import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopSequences } from './stop-sequences.ts';

function feed(stops: string[], pieces: string[]): { text: string; stopped: boolean } {
  const sequences = new StopSequences(stops);
  let text = '';
  for (const piece of pieces) {
    const step = sequences.push(piece);
    text += step.text;
    if (step.stopped) return { text, stopped: true };
  }
  return { text: text + sequences.flush(), stopped: false };
}

test.each([
  [[], ['a', 'b'], 'ab', false],
  [['END'], ['one E', 'N', 'D two'], 'one ', true],
  [['END'], ['one E', 'N', 'X'], 'one ENX', false],
  [['END'], ['one EN'], 'one EN', false],
  [['b', 'ab'], ['xab'], 'x', true],
  [['aab'], ['aa', 'ab'], 'a', true],
])('stops %j in %j', (stops, pieces, text, stopped) => {
  expect(feed(stops, pieces)).toEqual({ text, stopped });
});

test('however the text is cut into pieces, it ends before the first stop sequence', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(text, stops, fc.array(fc.nat(30)), (whole, sequences, cuts) => {
      const bounds = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const pieces = bounds.slice(1).map((end, index) => whole.slice(bounds[index], end));
      const fed = feed(sequences, pieces);
      expect(whole.startsWith(fed.text)).toBe(true);
      expect(fed.stopped).toBe(sequences.some((stop) => whole.includes(stop)));
      expect(sequences.some((stop) => fed.text.includes(stop))).toBe(false);
      if (!fed.stopped) expect(fed.text).toBe(whole);
    }),
  );
});
