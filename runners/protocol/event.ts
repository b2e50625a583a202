import { field, type JSONObject, optional, ProtocolError, toJSON } from './json.ts';
import { PROTOCOL } from './limits.ts';
import { cutBytes, show } from './text.ts';

/** What a driver tells while it works. Texts are cut to the protocol's bound. */
export type DriverEvent =
  | { event: 'log'; message: string }
  | { event: 'progress'; message: string; percent?: number }
  | {
      event: 'tool';
      name: string;
      arguments?: JSONObject;
      status?: 'ok' | 'error';
      milliseconds?: number;
      message?: string;
    }
  | { event: 'usage'; input_tokens: number; output_tokens: number };

/**
 * The event of a line, with the fields that the protocol knows. Undefined for one of another name, which may come with a
 * later version. Throws a ProtocolError for a field that is not as it must be.
 */
export function readEvent(line: JSONObject): DriverEvent | undefined {
  switch (field.text(line, 'event')) {
    case 'log':
      return { event: 'log', message: text(line, 'message') };
    case 'progress':
      return defined<Extract<DriverEvent, { event: 'progress' }>>({
        event: 'progress',
        message: text(line, 'message'),
        percent: optional(line, 'percent', percent),
      });
    case 'tool':
      return defined<Extract<DriverEvent, { event: 'tool' }>>({
        event: 'tool',
        name: text(line, 'name'),
        arguments: optional(line, 'arguments', shortObject),
        status: optional(line, 'status', toolStatus),
        milliseconds: optional(line, 'milliseconds', field.number),
        message: optional(line, 'message', text),
      });
    case 'usage':
      return {
        event: 'usage',
        input_tokens: field.number(line, 'input_tokens'),
        output_tokens: field.number(line, 'output_tokens'),
      };
    default:
      return undefined;
  }
}

function text(line: JSONObject, name: string): string {
  return cutBytes(field.text(line, name), PROTOCOL.maxEventTextBytes);
}

function percent(line: JSONObject, name: string): number {
  const value = field.number(line, name);
  if (value < 0 || value > 100) throw new ProtocolError(`\`percent\` is ${value}, not from 0 to 100`);
  return value;
}

function toolStatus(line: JSONObject, name: string): 'ok' | 'error' {
  const value = field.text(line, name);
  if (value !== 'ok' && value !== 'error') throw new ProtocolError(`\`status\` is ${show(value)}, not "ok" or "error"`);
  return value;
}

/** Half of an object says nothing, so one that is too long is left out. */
function shortObject(line: JSONObject, name: string): JSONObject | undefined {
  const value = field.object(line, name);
  return Buffer.byteLength(toJSON(value)) > PROTOCOL.maxEventTextBytes ? undefined : value;
}

/** Without the fields that are undefined. */
function defined<T extends object>(event: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as T;
}
