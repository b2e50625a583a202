import { readDefinitions, type Schema } from '../../crds/examples/definitions.ts';

const definitions = readDefinitions();
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Everything for which the API server would refuse a status of the kind, or drop a field of it. As JSON it is what is sent. */
export function statusViolations(kind: 'RuneJob' | 'RuneRun', status: object): string[] {
  const found = definitions.find(({ definition }) => definition.spec.names.kind === kind);
  const schema = found?.schema.properties?.['status'] ?? {};
  return [...violationsOf(schema, JSON.parse(JSON.stringify(status)), 'status')];
}

function* violationsOf(schema: Schema, value: unknown, path: string): Generator<string> {
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) yield `${path}: ${value} is not in the enum`;
  if (schema.type === 'object') yield* ofObject(schema, value, path);
  else if (schema.type === 'array') yield* ofArray(schema, value, path);
  else if (schema.type === 'integer') yield* ofInteger(schema, value, path);
  else if (schema.type === 'string') yield* ofString(schema, value, path);
  else if (typeof value !== schema.type) yield `${path}: not of type ${schema.type}`;
}

function* ofObject(schema: Schema, value: unknown, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return yield `${path}: not an object`;
  for (const name of schema.required ?? []) if (!(name in value)) yield `${path}.${name}: missing`;
  for (const [name, child] of Object.entries(value)) {
    const known = schema.properties?.[name] ?? schema.additionalProperties;
    if (known === undefined) yield `${path}.${name}: unknown, would be dropped`;
    else yield* violationsOf(known, child, `${path}.${name}`);
  }
}

function* ofArray(schema: Schema, value: unknown, path: string): Generator<string> {
  if (!Array.isArray(value)) return yield `${path}: not an array`;
  if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY)) yield `${path}: ${value.length} items`;
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).flatMap((key) => value.map((item) => item[key]));
  if (new Set(keys).size < keys.length) yield `${path}: a key twice`;
  for (const [index, item] of value.entries()) yield* violationsOf(schema.items ?? {}, item, `${path}[${index}]`);
}

function* ofInteger(schema: Schema, value: unknown, path: string): Generator<string> {
  const max = schema.format === 'int32' ? 2 ** 31 - 1 : 2 ** 63;
  if (!Number.isInteger(value)) yield `${path}: ${value} is no integer`;
  else if (Math.abs(value as number) > max) yield `${path}: ${value} is beyond ${schema.format}`;
  else if ((value as number) < 0 && !path.endsWith('.differencePermille')) yield `${path}: ${value} is negative`;
}

function* ofString(schema: Schema, value: unknown, path: string): Generator<string> {
  if (typeof value !== 'string') return yield `${path}: not a string`;
  const length = [...value].length;
  if (length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) yield `${path}: ${length} characters`;
  if (!value.isWellFormed()) yield `${path}: half a character`;
  if (schema.format === 'date-time' && !RFC_3339.test(value)) yield `${path}: ${value} is not RFC 3339`;
}
