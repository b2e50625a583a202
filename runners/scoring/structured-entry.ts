import { compilePath } from './json-path.ts';
import { compileSchema } from './json-schema.ts';
import type { readAnswerJSON } from './json-text.ts';
import { sameJSON } from './same-json.ts';
import type { StructuredEntry } from './structured.ts';

/** What an entry can be about; undefined for what is no JSON. */
export type Values = { [of in 'Answer' | 'Findings']: ReturnType<typeof readAnswerJSON> };

/** Makes sense of an entry. Throws an Error that says why it cannot be used, and does not quote it. */
export function compileEntry({ jsonSchema, jsonPath }: StructuredEntry): (values: Values) => boolean {
  const isMetBy = jsonSchema === undefined ? compileQuery(jsonPath) : compileSchema(jsonSchema.schema);
  const of = (jsonSchema ?? jsonPath)?.of ?? 'Answer';
  return (values) => {
    const read = values[of];
    return read !== undefined && isMetBy(read.value);
  };
}

function compileQuery(jsonPath: StructuredEntry['jsonPath']): (value: unknown) => boolean {
  if (jsonPath === undefined) throw new Error('neither jsonSchema nor jsonPath is set');
  const { value: expected } = jsonPath;
  const select = compilePath(jsonPath.path);
  return (value) => {
    for (const selected of select(value)) if (expected === undefined || sameJSON(selected, expected)) return true;
    return false;
  };
}
