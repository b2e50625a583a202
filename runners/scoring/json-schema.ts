import { Ajv2020 } from 'ajv/dist/2020.js';
import { compileRE2 } from './re2.ts';

/**
 * Compiles a JSON Schema of draft 2020-12. `pattern` and `patternProperties` are RE2, `format` says nothing, and only an
 * object's own properties count. Throws an Error that quotes nothing of the schema, since it is an expected answer.
 */
export function compileSchema(schema: object): (value: unknown) => boolean {
  const ajv = new Ajv2020({
    strictTypes: false,
    strictTuples: false,
    validateFormats: false,
    ownProperties: true,
    messages: false,
    logger: false,
    code: { regExp: Object.assign(matcher, { code: '' }) },
  });
  try {
    return ajv.compile(schema);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const why =
      REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? `it is no JSON Schema of draft 2020-12${misused(ajv)}`;
    throw new Error(`jsonSchema.schema cannot be used: ${why}`, { cause: error });
  }
}

const NOT_RE2 = 'a pattern is not RE2 syntax';

/** By a library's message, which may quote the schema, one of ours, which does not. */
const REASONS: [RegExp, string][] = [
  [/^can't resolve reference/, 'a reference leads to nothing in it; other documents are not read'],
  [/^no schema with key or ref/, '$schema must be https://json-schema.org/draft/2020-12/schema, or not be there'],
  [/unknown keyword/, 'it has a keyword that draft 2020-12 does not know'],
  [/without/, 'a keyword lacks the one that it belongs to, such as "if" its "then"'],
  [new RegExp(`^${NOT_RE2}$`), NOT_RE2],
];

/** The keyword that has a wrong value; only if it is one, since a property's name may be part of the answer. */
function misused(ajv: Ajv2020): string {
  const keyword = ajv.errors?.[0]?.instancePath.split('/').at(-1) ?? '';
  return ajv.getKeyword(keyword) === false ? '' : `; look at the value of "${keyword}"`;
}

/** What the library takes for a regular expression; it tells them apart by their text. */
function matcher(expression: string) {
  const compiled = compileRE2(expression);
  if (compiled === undefined) throw new Error(NOT_RE2);
  return { test: (text: string): boolean => compiled.matcher(text).find(), toString: () => expression };
}
