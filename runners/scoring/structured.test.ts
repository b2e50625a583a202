import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../crds/job-file.ts';
import { scoreAnswer } from './verdict.ts';

const score = (entries: object[], { answer = '', findings = [] }: { answer?: string; findings?: object[] }) =>
  scoreAnswer(
    { answer, findings: findings as { [key: string]: unknown }[], toolCalls: [] },
    { prompt: 'p', expect: entries as Expectation[], passMarkPermille: 1000, source: {} },
  );
/** `1` for met and `0` for not, or the error. */
const result = async (entry: object, of: { answer?: string; findings?: object[] }) => {
  const { scores, message } = await score([entry], of);
  return scores ?? message;
};

const TIMEOUT = 60_000;
const DEEP = 100_000;

describe('hostile answers', { timeout: TIMEOUT }, () => {
  const nested = `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`;

  it.each<[string, string]>([
    ['nested too deeply', nested],
    ['that never end', '{"a":'.repeat(DEEP)],
    ['of too many values', `[${'0,'.repeat(200_000)}0]`],
    ['that are too long', JSON.stringify('a'.repeat(1024 * 1024))],
  ])('%s do not meet an entry', async (_, answer) => {
    const entries = [{ jsonPath: { path: '$' } }, { jsonSchema: { schema: {} } }, { exact: { value: answer } }];
    expect(await score(entries, { answer })).toMatchObject({ outcome: 'Failed', scores: '001', message: '' });
  });

  it('findings nested too deeply do not meet an entry', async () => {
    const [findings] = [JSON.parse(`[{"a":${nested}}]`)];
    expect(await result({ jsonPath: { of: 'Findings', path: '$' } }, { findings })).toBe('0');
  });

  it('that are big are searched whole', async () => {
    const answer = JSON.stringify({ list: Array.from({ length: 40_000 }, (_, index) => ({ n: index })) });
    expect(await result({ jsonPath: { path: '$..n', value: 39_999 } }, { answer })).toBe('1');
    expect(await result({ jsonPath: { path: '$..*', value: 'none' } }, { answer })).toBe('0');
    expect(
      await result({ jsonSchema: { schema: { properties: { list: { items: { required: ['n'] } } } } } }, { answer }),
    ).toBe('1');
  });

  it('match in linear time, whatever the expression', async () => {
    const text = 'a'.repeat(50_000);
    const answer = JSON.stringify([{ text, expression: '(a|a)*(a*)*b' }]);
    expect(await result({ jsonPath: { path: '$[?search(@.text, @.expression)]' } }, { answer })).toBe('0');
    const schema = { items: { properties: { text: { pattern: '^(a+)+$' } } } };
    expect(await result({ jsonSchema: { schema } }, { answer })).toBe('1');
  });

  it('with keys that mislead a library do not meet an entry', async () => {
    const answer = '[{"valueOf": 1, "toString": 2}, {"valueOf": 1, "toString": 2}]';
    expect(await score([{ jsonSchema: { schema: { uniqueItems: true } } }], { answer })).toMatchObject({ scores: '0' });
  });

  it('that take too long are given up, which counts against them alone', async () => {
    const slow = { jsonPath: { path: '$..[?count($..*) > 1000000]' } };
    const answer = JSON.stringify(Array.from({ length: 50_000 }, () => 1));
    expect(
      await score([{ jsonPath: { path: '$[0]' } }, slow, { jsonPath: { path: '$[1]', value: 1 } }], { answer }),
    ).toMatchObject({
      outcome: 'Failed',
      scores: '101',
      message: 'expect[1] could not be evaluated within 5 s and counts as not met.',
    });
  });

  it('that branch without end are given up', async () => {
    const schema = {
      anyOf: [
        { items: { $ref: '#' }, minItems: 1 },
        { items: { $ref: '#' }, maxItems: 1, minItems: 1 },
      ],
    };
    const answer = `${'['.repeat(100)}${']'.repeat(100)}`;
    const { scores, message } = await score([{ jsonSchema: { schema } }], { answer });
    expect(scores).toBe('0');
    expect(message).toContain('could not be evaluated');
  });
});

describe('entries that cannot be used', { timeout: TIMEOUT }, () => {
  it.each([{ jsonSchema: { schema: { type: 'secret' } } }, { jsonPath: { path: 'secret' } }])(
    'end with ScorerError, whatever the answer',
    async (entry) => {
      const verdict = await score([{ exact: { value: 'x' } }, entry], { answer: 'no JSON' });
      expect(verdict).toMatchObject({ outcome: 'ScorerError', reason: 'ScorerFailed', retryable: false });
      expect(verdict.message).toContain('expect[1]: json');
      expect(verdict.message).not.toContain('secret');
    },
  );
});

describe('hostile questions', { timeout: TIMEOUT }, () => {
  it('that cannot be made sense of in time are refused', async () => {
    const schema = {
      anyOf: Array.from({ length: 100_000 }, (_, n) => ({ properties: { [`a${n}`]: { enum: [n, { n }] } } })),
    };
    const { outcome, message } = await score([{ jsonSchema: { schema } }], { answer: '1' });
    expect(outcome).toBe('ScorerError');
    expect(message).toContain('expect[0]: no sense can be made of it');
  });
});
