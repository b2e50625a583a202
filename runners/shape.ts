import { isObject, type JSONObject } from './meter/reading.ts';

/** A value that does not have the shape it should; the message names its path. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** An object with none but the known fields. */
export function object(value: unknown, path: string, known: readonly string[]): JSONObject {
  if (!isObject(value)) throw new ShapeError(`${path} must be an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new ShapeError(`${path} has an unknown field "${unknown}"`);
  return value;
}

export function string(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new ShapeError(`${path} must be a string that is not empty`);
  return value;
}

export function integer(value: unknown, path: string, min: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) {
    throw new ShapeError(`${path} must be an integer of at least ${min}`);
  }
  return value;
}

export function boolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw new ShapeError(`${path} must be true or false`);
  return value;
}

/** A price or a budget: at most nine digits before the point and six after it. */
export function money(value: unknown, path: string): string {
  if (typeof value !== 'string' || !/^[0-9]{1,9}(\.[0-9]{1,6})?$/.test(value)) {
    throw new ShapeError(`${path} must be US dollars as a decimal string, such as "0.15"`);
  }
  return value;
}

/** The field as `read` gives it, or no field at all. */
export function optional<Name extends string, Value>(
  from: JSONObject,
  name: Name,
  path: string,
  read: (value: unknown, path: string) => Value,
): { [name in Name]?: Value } {
  const value = from[name];
  return value === undefined ? {} : ({ [name]: read(value, `${path}.${name}`) } as { [name in Name]: Value });
}

export function array<Value>(value: unknown, path: string, read: (item: unknown, path: string) => Value): Value[] {
  if (!Array.isArray(value)) throw new ShapeError(`${path} must be a list`);
  return value.map((item, index) => read(item, `${path}[${index}]`));
}
