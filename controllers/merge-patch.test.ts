import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergePatch } from './merge-patch.ts';

test.each<[string, object, object, object | undefined]>([
  ['nothing', { a: 1 }, { a: 1 }, undefined],
  ['the order of keys', { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, undefined],
  ['a new field', {}, { a: 1 }, { a: 1 }],
  ['a field that is gone', { a: 1, b: 2 }, { b: 2 }, { a: null }],
  ['a field that is undefined', { a: 1 }, { a: undefined }, { a: null }],
  ['a nested field', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  ['a nested field that is gone', { a: { b: 1 } }, { a: {} }, { a: { b: null } }],
  ['a list, as a whole', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
  ['an item of a list that lost a field', { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
  ['an object for a list', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['an empty object', {}, { a: {} }, { a: {} }],
])('%s', (_name, before, after, patch) => {
  expect(mergePatch(before, after)).toEqual(patch);
});

test('applied to the one object it gives the other, and there is none between equal ones', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const { object } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
    object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.nat(3),
      fc.string({ maxLength: 2 }),
      fc.boolean(),
      fc.array(tie('object'), { maxLength: 3 }),
      tie('object'),
    ),
  }));
  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = mergePatch(before, after);
      expect(apply(before, patch ?? {})).toEqual(after);
      expect(mergePatch(after, structuredClone(after))).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

/** RFC 7386, section 2. */
function apply(target: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const result = isTree(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = apply(result[key], value);
  }
  return result;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
