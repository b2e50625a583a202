import { describe, expect, it } from 'vitest';
import { readAnswerJSON } from './json-text.ts';
import type { StructuredEntry } from './structured.ts';
import { compileEntry } from './structured-entry.ts';

const CAUSE = { type: 'object', required: ['cause'], properties: { cause: { pattern: '(?i)^oom' } } };

const isMet = (entry: object, { answer = '', findings = [] }: { answer?: string; findings?: object[] }): boolean => {
  const values = { Answer: readAnswerJSON(answer), Findings: readAnswerJSON(JSON.stringify(findings)) };
  return compileEntry(entry as StructuredEntry)(values);
};

const refusalOf = (entry: object): string => {
  try {
    isMet(entry, {});
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('jsonSchema', () => {
  it.each<[string, object, boolean]>([
    ['{"cause": "OOMKilled"}', CAUSE, true],
    ['{"cause": "probe"}', CAUSE, false],
    ['{"cause": "probe", "cause": "oom"}', CAUSE, true],
    ['{"cause": "oom", "cause": "probe"}', CAUSE, false],
    ['{}', CAUSE, false],
    ['```json\n{"cause": "oom"}\n```', CAUSE, true],
    ['\ufeff ~~~\n{"cause": "oom"}\n~~~\n', CAUSE, true],
    ['```{"cause": "oom"}```', CAUSE, false],
    ['It is ```json\n{"cause": "oom"}\n```', CAUSE, false],
    ['OOMKilled', CAUSE, false],
    ['', {}, false],
    ['7', {}, true],
    ['{"a": 1', {}, false],
    ['NaN', {}, false],
    ['{"__proto__": {"cause": "oom"}}', CAUSE, false],
    ['{}', { required: ['toString'] }, false],
    ['{"toString": 1}', { required: ['toString'] }, true],
    ['{"__proto__": 1}', { properties: { constructor: false }, additionalProperties: { type: 'string' } }, false],
    ['[1, 2]', { prefixItems: [{ const: 1 }], items: { const: 2 } }, true],
    ['{"at": "yesterday"}', { properties: { at: { format: 'date-time' } } }, true],
    [
      '{"a": [{"a": []}]}',
      { $ref: '#/$defs/n', $defs: { n: { additionalProperties: { items: { $ref: '#/$defs/n' } } } } },
      true,
    ],
    ['{"x1": 1}', { patternProperties: { '^x\\d$': { type: 'string' } } }, false],
  ])('%s against %j: %s', (answer, schema, expected) => {
    expect(isMet({ jsonSchema: { of: 'Answer', schema } }, { answer })).toBe(expected);
  });

  it('reads the findings, and none is an empty list', () => {
    const schema = { type: 'array', minItems: 1, items: { required: ['kind'] } };
    const entry = { jsonSchema: { of: 'Findings', schema } };
    expect(isMet(entry, { answer: '[{"kind": 1}]' })).toBe(false);
    expect(isMet(entry, { findings: [{ kind: 'Pod' }] })).toBe(true);
    expect(isMet(entry, { findings: [{ kind: 'Pod' }, {}] })).toBe(false);
  });

  it.each<[object, string]>([
    [{ $ref: 'https://example.com/secret' }, 'a reference leads to nothing in it; other documents are not read'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema must be https://json-schema.org/draft/2020-12'],
    [{ secret: 1 }, 'it has a keyword that draft 2020-12 does not know'],
    [{ type: 'secret' }, 'it is no JSON Schema of draft 2020-12; look at the value of "type"'],
    [{ properties: { secret: 1 } }, 'it is no JSON Schema of draft 2020-12'],
    [{ pattern: '(?=secret)' }, 'a pattern is not RE2 syntax'],
    [{ if: { const: 'secret' } }, 'a keyword lacks the one that it belongs to'],
  ])('refuses %j, whatever the answer, and quotes nothing of it', (schema, why) => {
    const refusal = refusalOf({ jsonSchema: { schema } });
    expect(refusal).toContain(`jsonSchema.schema cannot be used: ${why}`);
    expect(refusal).not.toContain('secret');
  });
});

describe('jsonPath', () => {
  it.each<[string, object, boolean]>([
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name" }, true],
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name", value: 'web' }, true],
    ['[{"kind": "Pod", "name": "web"}]', { path: "$[?@.kind == 'Pod'].name", value: 'db' }, false],
    ['[{"kind": "Job"}]', { path: "$[?@.kind == 'Pod']" }, false],
    ['{"a": {"b": [1, 2.0]}}', { path: '$.a.b', value: [1, 2] }, true],
    ['{"a": {"x": 1, "y": 2}}', { path: '$.a', value: { y: 2, x: 1 } }, true],
    ['{"a": null}', { path: '$.a' }, true],
    ['{"a": null}', { path: '$.a', value: null }, true],
    ['{"a": "1"}', { path: '$.a', value: 1 }, false],
    ['{"a": -0}', { path: '$.a', value: 0 }, true],
    ['{}', { path: '$.toString' }, false],
    ['{"__proto__": {"a": 1}}', { path: '$.a' }, false],
    ['{"__proto__": {"a": 1}}', { path: '$.__proto__.a', value: 1 }, true],
    ['{"a": {"__proto__": 1}}', { path: '$.a', value: { b: 1 } }, false],
    ['["OOMKilled"]', { path: "$[?search(@, 'OOM')]" }, true],
    ['["OOMKilled"]', { path: "$[?match(@, 'OOM')]" }, false],
    ['["a\\rb"]', { path: "$[?match(@, 'a.b')]" }, false],
    ['["a.b"]', { path: "$[?match(@, 'a[.]b\\\\.?')]" }, true],
    ['["x("]', { path: '$[?match(@, @)]' }, false],
    ['```\n[1]\n```', { path: '$[0]', value: 1 }, true],
    ['prose', { path: '$' }, false],
  ])('%s by %j: %s', (answer, jsonPath, expected) => {
    expect(isMet({ jsonPath }, { answer })).toBe(expected);
  });

  it('reads the findings', () => {
    const entry = { jsonPath: { of: 'Findings', path: '$[*].name', value: 'web' } };
    expect(isMet(entry, { findings: [{ name: 'db' }, { name: 'web' }] })).toBe(true);
    expect(isMet(entry, { answer: '[{"name": "web"}]' })).toBe(false);
  });

  it.each(['secret', '$[', '$.a[?secret(@)]', '$..', "$[?@.a == 'secret]"])(
    'refuses %j, and does not quote it',
    (path) => {
      const refusal = refusalOf({ jsonPath: { path } });
      expect(refusal).toBe('jsonPath.path is not a query in the syntax of RFC 9535');
    },
  );
});
