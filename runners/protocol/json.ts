import { isUtf8 } from 'node:buffer';
import { show } from './text.ts';

export type JSONObject = Record<string, unknown>;

/** What a driver said is not of the protocol. The message is what is wrong, as in "`answer` is 5, not a string". */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** Throws a ProtocolError for what is no JSON object. */
export function parseObject(bytes: Buffer): JSONObject {
  if (!isUtf8(bytes)) throw new ProtocolError('is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ProtocolError('is not JSON');
  }
  if (!isObject(value)) throw new ProtocolError('is not a JSON object');
  return value;
}

/** JSON of what was parsed. Throws a ProtocolError for what is nested so deeply that it cannot be written again. */
export function toJSON(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new ProtocolError('is nested too deeply');
  }
}

export function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Readers of fields of an object; each throws a ProtocolError that names the field and what stands in it. */
export const field = {
  text: (object: JSONObject, name: string): string =>
    typeof object[name] === 'string' ? object[name] : refuse(object, name, 'a string'),
  number: (object: JSONObject, name: string): number =>
    typeof object[name] === 'number' ? object[name] : refuse(object, name, 'a number'),
  object: (object: JSONObject, name: string): JSONObject =>
    isObject(object[name]) ? object[name] : refuse(object, name, 'an object'),
};

/** Undefined for a field that is not there or null, else what the reader makes of it. */
export function optional<T>(
  object: JSONObject,
  name: string,
  read: (object: JSONObject, name: string) => T,
): T | undefined {
  return object[name] === undefined || object[name] === null ? undefined : read(object, name);
}

function refuse(object: JSONObject, name: string, wanted: string): never {
  throw new ProtocolError(`\`${name}\` is ${show(object[name])}, not ${wanted}`);
}
