import type { Schema } from './definitions.ts';

const STRINGS = ['a', '1', 'http://a', 'http://a.example'];

/** A value with every field of a schema set to something that the schema, its CEL rules aside, allows. */
export function sample(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema['x-kubernetes-int-or-string'] === true) return '1';
  switch (schema.type) {
    case 'object':
      return sampleObject(schema);
    case 'array':
      return schema.items === undefined ? [] : [sample(schema.items)];
    case 'integer':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    default:
      return sampleString(schema);
  }
}

function sampleObject({ properties, additionalProperties }: Schema): Record<string, unknown> {
  if (additionalProperties !== undefined) return { a: sample(additionalProperties) };
  return Object.fromEntries(Object.entries(properties ?? {}).map(([name, child]) => [name, sample(child)]));
}

function sampleString({ format, pattern }: Schema): string {
  if (format === 'date') return '2026-01-31';
  if (format === 'date-time') return '2026-01-31T12:00:00Z';
  const found = STRINGS.find((text) => pattern === undefined || new RegExp(pattern).test(text));
  if (found === undefined) throw new Error(`no sample matches ${pattern}: add one to STRINGS`);
  return found;
}
