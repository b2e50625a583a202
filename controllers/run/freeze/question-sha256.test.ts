import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuestion } from '../../../runners/question.ts';
import { questionSHA256 } from '../../../runners/scoring/verdict.ts';
import { freeze } from './freeze.ts';
import { input, type Question, question, suite } from './testing/objects.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });
const manifest = json.map((spec) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec }));
const questions: fc.Arbitrary<Question> = fc
  .record({
    prompt: text,
    context: text,
    fixtures: fc.record({
      timeoutSeconds: fc.integer({ min: 1, max: 3600 }),
      manifests: fc.array(manifest, { minLength: 1, maxLength: 3 }),
      until: fc.array(json.map((value) => ({ apiVersion: 'v1', kind: 'Pod', name: 'web', jsonPath: '$.a', value }))),
    }),
    expect: fc.array(fc.record({ weight: fc.nat(), jsonPath: fc.constant({ of: 'Answer' as const, path: '$' }) })),
  })
  .map((more) => question('q', { ...more, tags: ['a'], critical: true, timeoutSeconds: 9 } as Partial<Question>));

test('the hash that a run freezes is the one that its runners report', () => {
  fc.assert(
    fc.property(questions, (asked) => {
      const { frozen, secret } = frozenOf({ suites: [suite('basics', [asked])] });
      expect(secret).not.toBe('');
      expect(questionSHA256(parseQuestion(secret))?.slice(0, 12)).toBe(frozen?.sha256);
    }),
  );
});

test('also of a question that takes its context and its fixtures from ConfigMaps', () => {
  const asked = question('q', {
    contextFrom: { configMapKeyRef: { name: 'texts', key: 'log' } },
    fixtures: { timeoutSeconds: 9, manifestsFrom: { configMapKeyRef: { name: 'texts', key: 'pod' } } },
  });
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {a: 0644, b: 1e3, c: -0.0, é: "\\u2028\\0", <<: {z: 1}}\n';
  const configMaps = { texts: { log: 'ä \u{1F600} \u2028 "quoted"\r\n', pod } };
  const { frozen, secret } = frozenOf({ suites: [suite('basics', [asked])], configMaps });
  expect(questionSHA256(parseQuestion(secret))?.slice(0, 12)).toBe(frozen?.sha256);
});

function frozenOf(given: Parameters<typeof input>[0]) {
  const result = freeze(input(given));
  if (result.kind !== 'frozen') throw new Error(result.message);
  return { frozen: result.frozen.questions[0], secret: result.secrets[0]?.data['q.json'] ?? '' };
}
