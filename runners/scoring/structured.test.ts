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

const CAUSE = { type: 'object', required: ['cause'], properties: { cause: { pattern: '(?i)^oom' } } };
const TIMEOUT = 60_000;
const DEEP = 100_000;

describe('jsonSchema', { timeout: TIMEOUT }, () => {
  it.each<[string, object, string]>([
    ['{"cause": "OOMKilled"}', CAUSE, '1'],
    ['{"cause": "probe"}', CAUSE, '0'],
    ['{"cause": "probe", "cause": "oom"}', CAUSE, '1'],
    ['{"cause": "oom", "cause": "probe"}', CAUSE, '0'],
    ['{}', CAUSE, '0'],
    ['```json\n{"cause": "oom"}\n```', CAUSE, '1'],
    ['\ufeff ~~~\n{"cause": "oom"}\n~~~\n', CAUSE, '1'],
    ['```{"cause": "oom"}```', CAUSE, '0'],
    ['It is ```json\n{"cause": "oom"}\n```', CAUSE, '0'],
    ['OOMKilled', CAUSE, '0'],
    ['', {}, '0'],
    ['7', {}, '1'],
    ['{"a": 1', {}, '0'],
    ['NaN', {}, '0'],
    ['{"__proto__": {"cause": "oom"}}', CAUSE, '0'],
    ['{}', { required: ['toString'] }, '0'],
    ['{"toString": 1}', { required: ['toString'] }, '1'],
    ['{"__proto__": 1}', { properties: { constructor: false }, additionalProperties: { type: 'string' } }, '0'],
    ['[1, 2]', { prefixItems: [{ const: 1 }], items: { const: 2 } }, '1'],
    ['{"at": "yesterday"}', { properties: { at: { format: 'date-time' } } }, '1'],
    [
      '{"a": [{"a": []}]}',
      { $ref: '#/$defs/n', $defs: { n: { additionalProperties: { items: { $ref: '#/$defs/n' } } } } },
      '1',
    ],
    ['{"x1": 1}', { patternProperties: { '^x\\d$': { type: 'string' } } }, '0'],
  ])('%s against %j: %s', async (answer, schema, expected) => {
    expect(await result({ jsonSchema: { of: 'Answer', schema } }, { answer })).toBe(expected);
  });

  it('reads the findings, and none is an empty list', async () => {
    const schema = { type: 'array', minItems: 1, items: { required: ['kind'] } };
    const entry = { jsonSchema: { of: 'Findings', schema } };
    expect(await result(entry, { answer: '[{"kind": 1}]' })).toBe('0');
    expect(await result(entry, { findings: [{ kind: 'Pod' }] })).toBe('1');
    expect(await result(entry, { findings: [{ kind: 'Pod' }, {}] })).toBe('0');
  });

  it.each<[object, string]>([
    [{ $ref: 'https://example.com/secret' }, 'a reference leads to nothing in it; other documents are not read'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema must be https://json-schema.org/draft/2020-12'],
    [{ secret: 1 }, 'it has a keyword that draft 2020-12 does not know'],
    [{ type: 'secret' }, 'it is no JSON Schema of draft 2020-12; look at the value of "type"'],
    [{ properties: { secret: 1 } }, 'it is no JSON Schema of draft 2020-12'],
    [{ pattern: '(?=secret)' }, 'a pattern is not RE2 syntax'],
    [{ if: { const: 'secret' } }, 'a keyword lacks the one that it belongs to'],
  ])('refuses %j, whatever the answer, and quotes nothing of it', async (schema, why) => {
    const entries = [{ exact: { value: 'x' } }, { jsonSchema: { schema } }];
    const verdict = await score(entries, { answer: 'no JSON' });
    expect(verdict).toMatchObject({ outcome: 'ScorerError', reason: 'ScorerFailed', retryable: false });
    expect(verdict.message).toContain(`expect[1]: jsonSchema.schema cannot be used: ${why}`);
    expect(verdict.message).not.toContain('secret');
  });
});

describe('jsonPath', { timeout: TIMEOUT }, () => {
  it.each<[string, object, string]>([
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name" }, '1'],
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name", value: 'web' }, '1'],
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name", value: 'db' }, '0'],
    ['[{"kind": "Job"}]', { path: "$[?@.kind == 'Pod']" }, '0'],
    ['{"a": {"b": [1, 2.0]}}', { path: '$.a.b', value: [1, 2] }, '1'],
    ['{"a": {"x": 1, "y": 2}}', { path: '$.a', value: { y: 2, x: 1 } }, '1'],
    ['{"a": null}', { path: '$.a' }, '1'],
    ['{"a": null}', { path: '$.a', value: null }, '1'],
    ['{"a": "1"}', { path: '$.a', value: 1 }, '0'],
    ['{"a": -0}', { path: '$.a', value: 0 }, '1'],
    ['{}', { path: '$.toString' }, '0'],
    ['{"__proto__": {"a": 1}}', { path: '$.a' }, '0'],
    ['{"__proto__": {"a": 1}}', { path: '$.__proto__.a', value: 1 }, '1'],
    ['{"a": {"__proto__": 1}}', { path: '$.a', value: { b: 1 } }, '0'],
    ['["OOMKilled"]', { path: "$[?search(@, 'OOM')]" }, '1'],
    ['["OOMKilled"]', { path: "$[?match(@, 'OOM')]" }, '0'],
    ['["a\\rb"]', { path: "$[?match(@, 'a.b')]" }, '0'],
    ['["a.b"]', { path: "$[?match(@, 'a[.]b\\\\.?')]" }, '1'],
    ['["x("]', { path: '$[?match(@, @)]' }, '0'],
    ['```\n[1]\n```', { path: '$[0]', value: 1 }, '1'],
    ['prose', { path: '$' }, '0'],
  ])('%s by %j: %s', async (answer, jsonPath, expected) => {
    expect(await result({ jsonPath }, { answer })).toBe(expected);
  });

  it('reads the findings', async () => {
    const entry = { jsonPath: { of: 'Findings', path: '$[*].name', value: 'web' } };
    expect(await result(entry, { findings: [{ name: 'db' }, { name: 'web' }] })).toBe('1');
    expect(await result(entry, { answer: '[{"name": "web"}]' })).toBe('0');
  });

  it.each(['secret', '$[', '$.a[?secret(@)]', '$..', "$[?@.a == 'secret]"])(
    'refuses %j, and does not quote it',
    async (path) => {
      const { outcome, message } = await score([{ jsonPath: { path } }], { answer: '1' });
      expect(outcome).toBe('ScorerError');
      expect(message).toContain('expect[0]: jsonPath.path is not a query in the syntax of RFC 9535');
      expect(message).not.toContain('secret');
    },
  );
});

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
      message: 'expect[1] could not be evaluated within 3 s and counts as not met.',
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
