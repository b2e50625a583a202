import type { Schema } from './definitions.ts';
import { sample } from './sample.ts';

/** One bound of a schema, a value at its place that breaks it and nothing else, and what the API server must say. */
export type Violation = {
  path: Path;
  value: unknown;
  /** The place as the API server writes it, such as `spec.models[0].name`. */
  at: string;
  /** Stands in the answer, beside the place. */
  message: string;
};

/** Where a value lies in an object. */
export type Path = readonly (string | number)[];

/** Stands for a field that is left out. */
export const ABSENT = Symbol('absent');

/** A violation of every bound of a schema: types, required, enums, patterns, formats, ranges, lengths, unknown fields. */
export function violations(schema: Schema, path: Path): Violation[] {
  const required = (schema.required ?? []).map((child) =>
    violation([...path, child], { value: ABSENT, message: 'Required value' }),
  );
  const unknown = violation([...path, 'unknownField'], { value: 'a', message: 'unknown field' });
  return [
    ...breaks(schema).map((own) => violation(path, own)),
    ...required,
    ...(isClosed(schema) ? [unknown] : []),
    ...children(schema).flatMap(([key, child]) => violations(child, [...path, key])),
  ];
}

/** A copy of an object in which one value is replaced, or left out when it is {@link ABSENT}. */
export function replaceAt(object: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(object)) return object.with(Number(key), replaceAt(object[Number(key)], rest, value));
  const { [key]: old, ...others } = object as Record<string, unknown>;
  return value === ABSENT && rest.length === 0 ? others : { ...others, [key]: replaceAt(old, rest, value) };
}

function violation(path: Path, broken: Break): Violation {
  const at = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return { path, at: at.slice(1), ...broken };
}

function children({ properties, additionalProperties, items }: Schema): [string | number, Schema][] {
  return [
    ...Object.entries(properties ?? {}),
    ...(additionalProperties === undefined ? [] : [['a', additionalProperties] satisfies [string, Schema]]),
    ...(items === undefined ? [] : [[0, items] satisfies [number, Schema]]),
  ];
}

function isClosed(schema: Schema): boolean {
  return schema.properties !== undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true;
}

type Break = { value: unknown; message: string };

function breaks(schema: Schema): Break[] {
  return [...breaksOfValues(schema), ...breaksOfText(schema), ...breaksOfRanges(schema), ...breaksOfSizes(schema)];
}

function* breaksOfValues({ type, enum: values, format }: Schema): Generator<Break> {
  if (values !== undefined) yield { value: 'Unheard-of', message: 'Unsupported value: ' };
  if (format?.startsWith('date')) yield { value: 'now', message: `in body must be of type ${format}` };
  else if (type !== undefined) {
    yield { value: type === 'string' ? true : 'a', message: `in body must be of type ${type}` };
  }
}

function* breaksOfText({ pattern, minLength, maxLength }: Schema): Generator<Break> {
  if (pattern !== undefined) yield { value: '\u00a7', message: `in body should match '${pattern}'` };
  if (minLength !== undefined) {
    yield { value: 'a'.repeat(minLength - 1), message: `in body should be at least ${minLength} chars long` };
  }
  if (maxLength !== undefined) {
    yield { value: 'a'.repeat(maxLength + 1), message: `Too long: may not be more than ${maxLength} bytes` };
  }
}

function* breaksOfRanges({ minimum, maximum }: Schema): Generator<Break> {
  if (minimum !== undefined) {
    yield { value: minimum - 1, message: `in body should be greater than or equal to ${minimum}` };
  }
  if (maximum !== undefined) {
    yield { value: maximum + 1, message: `in body should be less than or equal to ${maximum}` };
  }
}

function* breaksOfSizes(schema: Schema): Generator<Break> {
  const { minItems, maxItems, minProperties, maxProperties, items = {} } = schema;
  if (minItems !== undefined) yield { value: [], message: `in body should have at least ${minItems} items` };
  if (maxItems !== undefined) {
    const value = new Array(maxItems + 1).fill(sample(items));
    yield { value, message: `Too many: ${maxItems + 1}: must have at most ${maxItems} items` };
  }
  if (minProperties !== undefined) {
    yield { value: {}, message: `in body should have at least ${minProperties} properties` };
  }
  if (maxProperties !== undefined) {
    const value = Object.fromEntries(Array.from({ length: maxProperties + 1 }, (_, index) => [`a${index}`, '1']));
    yield { value, message: `Too many: ${maxProperties + 1}: must have at most ${maxProperties} items` };
  }
  if (schema['x-kubernetes-list-map-keys'] !== undefined) {
    yield { value: [sample(items), sample(items)], message: '[1]: Duplicate value' };
  }
}
