import { describe, expect, test } from 'vitest';
import { readDefinitions, type Schema } from './examples/definitions.ts';
import { readExamples } from './examples/manifests.ts';
import { type Violation, violations } from './examples/violations.ts';
import { OUTCOMES, RUNE_AGENT, RUNE_BACKEND, RUNE_BENCHMARK, RUNE_JOB, RUNE_RUN, RUNE_SUITE } from './names.ts';

const definitions = readDefinitions();
const expected = readExamples('invalid').flatMap(({ steps }) => steps.flatMap((step) => step.expect));

test('there is one definition for each kind in names.ts', () => {
  const defined = definitions.map(({ definition: { spec } }) => ({
    kind: spec.names.kind,
    plural: spec.names.plural,
    namespaced: spec.scope === 'Namespaced',
  }));
  expect(defined).toEqual([RUNE_AGENT, RUNE_BACKEND, RUNE_BENCHMARK, RUNE_JOB, RUNE_RUN, RUNE_SUITE]);
});

test('the outcomes of the schema are those of names.ts', () => {
  const job = definitions.find(({ definition }) => definition.spec.names.kind === 'RuneJob');
  expect(job?.schema.properties?.['status']?.properties?.['outcome']?.enum).toEqual(OUTCOMES);
});

describe('what is written more than once is the same', () => {
  const specOf = (kind: string) => {
    const found = definitions.find(({ definition }) => definition.spec.names.kind === kind);
    return found?.schema.properties?.['spec']?.properties ?? {};
  };
  const ofJob = specOf('RuneJob');
  const question = ofJob['question']?.properties ?? {};
  const fixtures = (fields: Record<string, Schema>) => fields['fixtures']?.properties ?? {};

  test.each(['RuneSuite', 'RuneBenchmark'])('a question of a %s is one of a RuneJob, and more', (kind) => {
    const asked = specOf(kind)['questions']?.items?.properties ?? {};
    const own = ['id', 'tags', 'critical', 'timeoutSeconds', 'contextFrom'];
    expect(Object.keys(asked).toSorted()).toEqual([...Object.keys(question), ...own].toSorted());
    for (const field of ['prompt', 'context', 'expect', 'passMarkPermille'])
      expect(asked[field]).toEqual(question[field]);
    const { manifestsFrom, ...rest } = fixtures(asked);
    expect(manifestsFrom).toBeDefined();
    expect(rest).toEqual(fixtures(question));
  });

  test('both kinds of questions are the same', () => {
    expect(specOf('RuneBenchmark')['questions']?.items).toEqual(specOf('RuneSuite')['questions']?.items);
  });

  test('a template of jobs has the fields of a RuneJob', () => {
    const { labels, ttlSecondsAfterFinished, budget, ...template } =
      specOf('RuneBenchmark')['jobTemplate']?.properties ?? {};
    expect([labels, ttlSecondsAfterFinished]).not.toContain(undefined);
    expect(budget?.properties).toEqual(ofJob['budget']?.properties);
    for (const [field, schema] of Object.entries(template)) expect(schema, field).toEqual(ofJob[field]);
  });
});

describe.each(definitions)('$definition.spec.names.kind', ({ schema, bytes }) => {
  const { spec = {}, status = {} } = schema.properties ?? {};
  const fields = [...walk(spec, 'spec'), ...walk(status, 'status')];

  test('is smaller than 200 KB', () => {
    expect(bytes).toBeLessThan(200_000);
  });

  test('describes every field in a sentence', () => {
    const named = fields.filter(({ path }) => !/(\[\]|\{\})$/.test(path));
    const undescribed = named.filter(({ schema: { description } }) => !description?.trim().endsWith('.'));
    expect(undescribed.map(({ path }) => path)).toEqual([]);
  });

  test('says every default that is not false', () => {
    const silent = fields.filter(({ schema: { default: value, description = '' } }) => {
      return value !== undefined && value !== false && !/\b(by default)\b/.test(description);
    });
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('bounds every text, list and map', () => {
    expect(fields.filter(({ schema: field }) => isUnbounded(field)).map(({ path }) => path)).toEqual([]);
  });

  test('has no floating-point numbers', () => {
    expect(fields.filter(({ schema: field }) => (field.type as string) === 'number')).toEqual([]);
  });

  test('has an invalid example for every CEL rule', () => {
    const messages = [...walk(schema, '')].flatMap(({ schema: { 'x-kubernetes-validations': rules = [] } }) => rules);
    const missing = messages.filter(({ message }) => !expected.some((text) => text.includes(message)));
    expect(missing).toEqual([]);
  });

  test('has an invalid example for every required field, pattern, enum, format and range', () => {
    const needed = violations(spec, ['spec']).filter(({ message }) => isWorthAnExample(message));
    expect(needed.filter((one) => !expected.some((text) => covers(text, one)))).toEqual([]);
  });
});

function* walk(schema: Schema, path: string): Generator<{ path: string; schema: Schema }> {
  yield { path, schema };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* walk(child, `${path}.${name}`);
  if (schema.items !== undefined) yield* walk(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* walk(schema.additionalProperties, `${path}{}`);
}

function isUnbounded({ type, format, maxLength, maxItems, maxProperties, additionalProperties, ...rest }: Schema) {
  switch (type) {
    case 'string':
      return maxLength === undefined && rest.enum === undefined && format === undefined;
    case 'array':
      return maxItems === undefined;
    default:
      return additionalProperties !== undefined && maxProperties === undefined;
  }
}

/** Wrong types, unknown fields and values that are too large are left to bounds.integration.test.ts, which tries all. */
function isWorthAnExample(message: string): boolean {
  return /^(Required value|Unsupported value|in body (should|must be of type date))/.test(message);
}

function covers(text: string, { at, message }: Violation): boolean {
  const general = (place: string) => place.replaceAll(/\[\d+\]/g, '[]').replace(/\.(requests|limits)\.\w+/, '.$1.*');
  const isAt = [at, originalOf(at)].some((place) => general(text).startsWith(general(place)));
  return isAt && text.includes(message);
}

/** Questions of suites and templates of jobs have the schema of a RuneJob's, so that its examples are theirs. */
function originalOf(at: string): string {
  return at.replace(/^spec\.questions\[\d+\]\./, 'spec.question.').replace(/^spec\.jobTemplate\./, 'spec.');
}
