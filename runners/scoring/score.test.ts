import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../crds/job-file.ts';
import type { Evidence } from './evidence.ts';
import { MAX_SEARCHED_LENGTH } from './regex.ts';
import { score } from './score.ts';
import { questionSHA256, scoreAnswer } from './verdict.ts';

const evidence = (answer: string, more: Partial<Evidence> = {}): Evidence => ({
  answer,
  findings: [],
  toolCalls: [],
  ...more,
});

const met = async (answer: string, entry: object): Promise<boolean> =>
  (await score(evidence(answer), [entry as Expectation])).entries[0]?.passed === true;

describe('exact', () => {
  it.each<[string, object, boolean]>([
    [' Paris\n', { value: 'Paris' }, true],
    ['Paris', { value: ' Paris ' }, true],
    ['paris', { value: 'Paris' }, false],
    ['PARIS', { value: 'paris', ignoreCase: true }, true],
    ['ΣΊΣΥΦΟΣ', { value: 'σίσυφος', ignoreCase: true }, true],
    ['273 \u212a', { value: '273 k', ignoreCase: true }, true],
    ['Paris.', { value: 'Paris' }, false],
    ['a  b', { value: 'a b' }, false],
    ['Zu\u0308rich', { value: 'Z\u00fcrich' }, true],
    ['Z\u00fcrich', { value: 'Zu\u0308rich' }, true],
    ['ZU\u0308RICH', { value: 'z\u00fcrich', ignoreCase: true }, true],
    ['Zurich', { value: 'Z\u00fcrich', ignoreCase: true }, false],
    ['I', { value: 'i', ignoreCase: true }, true],
    ['I', { value: 'ı', ignoreCase: true }, false],
    ['i', { value: 'ı', ignoreCase: true }, false],
    ['Isı', { value: 'iSı', ignoreCase: true }, true],
    ['İ', { value: 'i', ignoreCase: true }, false],
    ['İ', { value: 'i\u0307', ignoreCase: true }, true],
    ['STRASSE', { value: 'straße', ignoreCase: true }, true],
  ])('%j, %j: %s', async (answer, exact, expected) => {
    expect(await met(answer, { exact })).toBe(expected);
  });
});

describe('contains', () => {
  it.each<[string, object, boolean]>([
    ['Paris, France', { all: ['Paris', 'France'] }, true],
    ['Paris', { all: ['Paris', 'France'] }, false],
    ['Lyon', { any: ['Paris', 'Lyon'] }, true],
    ['Nice', { any: ['Paris', 'Lyon'] }, false],
    ['Nice', { none: ['Paris'] }, true],
    ['Paris', { none: ['Paris'] }, false],
    ['Paris', { any: ['Paris'], none: ['Paris'] }, false],
    ['PARIS', { all: ['paris'], ignoreCase: true }, true],
    ['in cafe\u0301s', { all: ['caf\u00e9'] }, true],
    ['in cafe\u0301s', { none: ['cafe'] }, true],
    ['KISA', { any: ['kısa'], ignoreCase: true }, false],
    ['PARIS', { none: ['paris'], ignoreCase: true }, false],
  ])('%j, %j: %s', async (answer, contains, expected) => {
    expect(await met(answer, { contains })).toBe(expected);
  });
});

describe('regex', () => {
  it.each<[string, object, boolean]>([
    ['It is Paris.', { pattern: 'Par[a-z]+' }, true],
    ['It is Paris.', { pattern: '^Paris' }, false],
    ['one\nParis', { pattern: '(?m)^Paris$' }, true],
    ['one\nParis', { pattern: '^Paris$' }, false],
    ['PARIS', { pattern: 'paris', ignoreCase: true }, true],
    ['a\nb', { pattern: 'a.b' }, false],
    ['a\nb', { pattern: '(?s)a.b' }, true],
    ['naïve', { pattern: '\\p{L}{5}' }, true],
    [`${'a'.repeat(20_000)}!`, { pattern: '(a+)+$' }, false],
  ])('matches %j with %j: %s', async (answer, regex, expected) => {
    expect(await met(answer, { regex })).toBe(expected);
  });

  it.each(['(?=secret)', '(secret)\\1', '(secret'])(
    'refuses %s, which is not RE2 syntax, without quoting it',
    async (pattern) => {
      const verdict = await scoreAnswer(evidence('x'), {
        prompt: 'p',
        expect: [{ regex: { pattern } } as Expectation],
        passMarkPermille: 1000,
        source: {},
      });
      expect(verdict).toMatchObject({ outcome: 'ScorerError', reason: 'ScorerFailed', retryable: false });
      expect(verdict.message).toContain('expect[0]: regex.pattern is not RE2 syntax');
      expect(verdict.message).not.toContain('secret');
    },
  );
});

describe('score', () => {
  const weighted = (...weights: number[]): Expectation[] =>
    weights.map((weight, index) => ({ weight, contains: { all: [`#${index}.`], ignoreCase: false } }));

  it.each<[string, number[], number]>([
    ['#0. #1.', [1, 1], 1000],
    ['#0.', [1, 1], 500],
    ['#0.', [2, 1], 666],
    ['#0. #1.', [1, 1, 1], 666],
    ['nothing', [1], 0],
    ['#0.', [1000, 1], 999],
    ['#0. #1.', [1000, 1000, 1], 999],
  ])('%j of weights %j: %i per mille', async (answer, weights, permille) => {
    expect((await score(evidence(answer), weighted(...weights))).permille).toBe(permille);
  });

  it('counts an entry without a weight as 1', async () => {
    const entries = [{ exact: { value: 'a' } }, { weight: 3, exact: { value: 'b' } }] as Expectation[];
    expect((await score(evidence('a'), entries)).permille).toBe(250);
  });

  it.each<[number, string]>([
    [666, 'Passed'],
    [667, 'Failed'],
  ])('with a pass mark of %i is %s', async (passMarkPermille, outcome) => {
    const question = { prompt: 'p', expect: weighted(2, 1), passMarkPermille, source: {} };
    expect(await scoreAnswer(evidence('#0.'), question)).toMatchObject({ outcome, scorePermille: 666, scores: '10' });
  });

  it('searches the beginning of a very long answer, and says so', async () => {
    const long = `Paris${' '.repeat(MAX_SEARCHED_LENGTH)}London 42`;
    const regex = (pattern: string): Expectation => ({ weight: 1, regex: { pattern, ignoreCase: false } });
    const entries = [regex('Paris'), regex('London')];
    const rest: Expectation[] = [
      { weight: 1, contains: { all: ['London'], ignoreCase: false } },
      { weight: 1, number: { value: '42', tolerance: '0' } },
    ];
    const scored = (text: string, expect: Expectation[]) =>
      scoreAnswer(evidence(text), { prompt: 'p', expect, passMarkPermille: 1000, source: {} });
    expect(await scored(long, [...entries, ...rest])).toMatchObject({
      scores: '1011',
      message: 'Regular expressions searched only the first 262144 characters of the answer.',
    });
    expect(await scored(long, rest)).toMatchObject({ scores: '11', message: '' });
    expect(await scored('Paris London', entries)).toMatchObject({ scores: '11', message: '' });
  });

  it('refuses an entry of an unknown scorer', async () => {
    await expect(score(evidence('a'), [{ weight: 1 }])).rejects.toThrow(
      'expect[0]: none of exact, contains, regex, number, jsonSchema, jsonPath, toolCalls is set',
    );
  });

  it('answers without a score where nothing is expected', async () => {
    const verdict = await scoreAnswer(evidence('a'), { prompt: 'p', expect: [], passMarkPermille: 1000, source: {} });
    expect(verdict).toEqual({ outcome: 'Answered', reason: 'NotScored', message: '', retryable: false });
  });
});

describe('questionSHA256', () => {
  const hash = (source: unknown) => questionSHA256({ prompt: '', expect: [], passMarkPermille: 1, source });

  it('is the same whatever the order of the fields', () => {
    expect(hash({ prompt: 'a', passMarkPermille: 1 })).toBe(hash({ passMarkPermille: 1, prompt: 'a' }));
    expect(hash({ prompt: 'a' })).not.toBe(hash({ prompt: 'b' }));
  });

  it('is absent for what is not Unicode', () => {
    expect(hash({ prompt: '\ud800' })).toBeUndefined();
  });
});
