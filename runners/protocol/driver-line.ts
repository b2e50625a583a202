import { type DriverEvent, readEvent } from './event.ts';
import { ProtocolError, parseObject } from './json.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { show } from './text.ts';

/** A line of a driver's standard output. `text` is of no meaning to the protocol. */
export type DriverLine =
  | { type: 'event'; event: DriverEvent }
  | { type: 'outcome'; outcome: Outcome }
  | { type: 'text'; text: string };

const OPENING_BRACE = 0x7b;

/** Reads a line that answers the request with this id. Throws a {@link ProtocolError} that says what is wrong with it. */
export function readDriverLine(bytes: Buffer, id: string): DriverLine {
  if (bytes[0] !== OPENING_BRACE) return { type: 'text', text: bytes.toString('utf8') };
  const line = parseObject(bytes);
  if (line['id'] !== id) throw new ProtocolError(`\`id\` is ${show(line['id'])}, not ${show(id)} as in the request`);
  if (line['event'] === undefined) return { type: 'outcome', outcome: readOutcome(line) };
  const event = readEvent(line);
  return event ? { type: 'event', event } : { type: 'text', text: bytes.toString('utf8') };
}
